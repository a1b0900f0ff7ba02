"""Journeys of the issue, taken in a real browser through a bank that stands in a process of its own."""

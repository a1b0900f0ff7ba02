"""Tests of what people read: the bank's own pages and texts."""

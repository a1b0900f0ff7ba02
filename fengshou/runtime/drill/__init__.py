"""Drills: break things on purpose while money moves, and count what was lost.

`ledger.drill` runs a program that posts (`teller`) as a process of its own, kills it, the database or
both at random points, or cuts the wire around a COMMIT (`wire`); after each fault it asks the book
about everything that was ever tried (`wishes`, as the teller's `diary` has it).
"""

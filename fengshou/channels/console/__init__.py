"""Console: the desk of a member bank's staff, and of the provincial centre.

Member banks, customers, the book, and held payments that four eyes let go or refuse. Every operation
names the roles that may ask it; whoever reads a customer's record is written down. Desks are pages of content.
"""

from fengshou.channels.console import (
    audit,
    banks,
    book,
    clock,
    closing,
    customers,
    desk,
    desk_numbers,
    desk_pages,
    held,
    journal,
    pages_pick,
    pages_read,
    pages_write,
    proposals,
    session,
)
from fengshou.channels.console.ops import OPS

__all__ = [
    "OPS",
    "audit",
    "banks",
    "book",
    "clock",
    "closing",
    "customers",
    "desk",
    "desk_numbers",
    "desk_pages",
    "held",
    "journal",
    "pages_pick",
    "pages_read",
    "pages_write",
    "proposals",
    "session",
]

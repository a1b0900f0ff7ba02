"""Issuers of investment products: what is on offer, orders, confirmations, holdings.

`ProductClient` answers in the words of `fengshou.services` (trade.quote, trade.place, trade.paid, trade.cancel,
trade.status, and query.fetch for products and positions).
"""

from fengshou.adapters.product.client import ProductClient

__all__ = ["ProductClient"]

"""The biller hub: water, gas, power, party and school fees, top-ups; one connector, many billers.

`BillerClient` answers in the words of `fengshou.services`. Paying a bill here means telling the biller that its money
has moved: `unknown` is asked about by `bill.status`, never paid anew.
"""

from fengshou.adapters.biller.client import BillerClient

__all__ = ["BillerClient"]

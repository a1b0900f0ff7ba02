"""The provincial service network: item library, cases, shared data by consent, certificates.

`GovernmentClient` answers in the words of `fengshou.services`. An authority never decides at once: a case is
handed over, moves by itself, may come back to be mended, ends with a certificate; every move comes as news.
"""

from fengshou.adapters.government.client import GovernmentClient

__all__ = ["GovernmentClient"]

"""Pages of services, made from their definitions: what a person reads, fills in, hands over and confirms.

One page a service, in the pages' own protocol, by the one way all pages go. What follows (progress, result, receipt) is
the same for all of them and stands in `content/pages/app/service-run.yaml`.
"""

from fengshou.services.templates.guide import page_id, page_of
from fengshou.services.templates.shelf import service_pages
from fengshou.services.templates.words import WAYS, said_of_act, said_of_state

__all__ = ["WAYS", "page_id", "page_of", "said_of_act", "said_of_state", "service_pages"]

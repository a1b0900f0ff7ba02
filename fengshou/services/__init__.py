"""Services: one engine behind financial, government and life services (docs/decisions/0023-services.md).

What varies is a definition, in content; what must be right is an archetype, in code. One use of a service is a run;
its every change is one guarded act, written with who did it, where and by which way, in one commit with what follows.
"""

from fengshou.catalog import KINDS
from fengshou.services.archetypes import (
    ARCHETYPES,
)
from fengshou.services.calendars import (
    CALENDAR,
    BookingCalendar,
    SlotTime,
    slots_of,
)
from fengshou.services.definition import (
    SERVICE,
    Definition,
    MaterialMissing,
    NotEligible,
)
from fengshou.services.desk import (
    Case,
    CaseDesk,
    Cases,
    number_of,
)
from fengshou.services.file_check import (
    FileRefused,
    FileUnknown,
)
from fengshou.services.files import (
    LINK_FOR,
    FileFacts,
    FileMissing,
    Files,
    Scan,
    Scanner,
    ScannerAway,
)
from fengshou.services.forms import (
    FormField,
    FormWrong,
)
from fengshou.services.forms import schema as form_schema
from fengshou.services.machine import (
    ActUnknown,
    NotNow,
    NotYours,
    Way,
)
from fengshou.services.mover import (
    Moved,
)
from fengshou.services.ports import (
    Connector,
    Connectors,
    News,
    Operation,
    People,
    Post,
    Ring,
    Said,
    Somebody,
    State,
    Subject,
)
from fengshou.services.providers import (
    PROVIDER,
    NoProvider,
    Provider,
)
from fengshou.services.said import (
    said_as_is,
    said_of_name,
    said_of_value,
)
from fengshou.services.sampling import (
    Tried,
    try_service,
)
from fengshou.services.services import (
    RunView,
    Services,
)
from fengshou.services.store_desk import (
    Narrow,
    Scope,
)
from fengshou.services.talk import (
    OPERATIONS,
    Account,
    Arrear,
    Arrears,
    Booked,
    Booking,
    Box,
    CaseNumber,
    Certificate,
    Certify,
    Day,
    DayFile,
    DayLine,
    DoorEvent,
    DoorEvents,
    Fact,
    Features,
    File,
    Grant,
    HoldSlot,
    Nothing,
    Pass,
    Pay,
    Progress,
    Query,
    Queue,
    Records,
    Report,
    Resource,
    ResourceList,
    Resources,
    Shared,
    Since,
    Slot,
    SlotList,
    Slots,
    Submit,
    Supplement,
    Taken,
    Talk,
    Target,
    Ticket,
    TicketSay,
)
from fengshou.services.templates import WAYS, page_id, page_of, said_of_act, said_of_state, service_pages
from fengshou.services.told import TOLD

# Content of these kinds is read wherever services are.
for _kind in (SERVICE, PROVIDER, CALENDAR):
    KINDS.register(_kind)

__all__ = [
    "ARCHETYPES",
    "CALENDAR",
    "LINK_FOR",
    "OPERATIONS",
    "PROVIDER",
    "SERVICE",
    "TOLD",
    "WAYS",
    "Account",
    "ActUnknown",
    "Arrear",
    "Arrears",
    "Booked",
    "Booking",
    "BookingCalendar",
    "Box",
    "Case",
    "CaseDesk",
    "CaseNumber",
    "Cases",
    "Certificate",
    "Certify",
    "Connector",
    "Connectors",
    "Day",
    "DayFile",
    "DayLine",
    "Definition",
    "DoorEvent",
    "DoorEvents",
    "Fact",
    "Features",
    "File",
    "FileFacts",
    "FileMissing",
    "FileRefused",
    "FileUnknown",
    "Files",
    "FormField",
    "FormWrong",
    "Grant",
    "HoldSlot",
    "MaterialMissing",
    "Moved",
    "Narrow",
    "News",
    "NoProvider",
    "NotEligible",
    "NotNow",
    "NotYours",
    "Nothing",
    "Operation",
    "Pass",
    "Pay",
    "People",
    "Post",
    "Progress",
    "Provider",
    "Query",
    "Queue",
    "Records",
    "Report",
    "Resource",
    "ResourceList",
    "Resources",
    "Ring",
    "RunView",
    "Said",
    "Scan",
    "Scanner",
    "ScannerAway",
    "Scope",
    "Services",
    "Shared",
    "Since",
    "Slot",
    "SlotList",
    "SlotTime",
    "Slots",
    "Somebody",
    "State",
    "Subject",
    "Submit",
    "Supplement",
    "Taken",
    "Talk",
    "Target",
    "Ticket",
    "TicketSay",
    "Tried",
    "Way",
    "form_schema",
    "number_of",
    "page_id",
    "page_of",
    "said_as_is",
    "said_of_act",
    "said_of_name",
    "said_of_state",
    "said_of_value",
    "service_pages",
    "slots_of",
    "try_service",
]

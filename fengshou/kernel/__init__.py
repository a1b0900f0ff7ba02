"""Kernel: what every room stands on and none of it is banking.

Money as whole fen, the calendar of working days, ids that carry their bank, errors with a code and
a sentence in both languages, who asks, one transaction per use case with its outbox and audit log,
durable jobs, field encryption, logs and metrics. It knows no accounts, customers or pages.
"""

from fengshou.kernel.audit import seal as seal_audit
from fengshou.kernel.audit import verify as verify_audit
from fengshou.kernel.batcher import Batcher
from fengshou.kernel.calendar import Calendar, UncoveredYear
from fengshou.kernel.clock import SHANGHAI, Clock, day_of
from fengshou.kernel.database import Connection, Database, Record, Work, writing
from fengshou.kernel.errors import BankError, Busy, Fact, Invalid, Kind, Missing, OutcomeUnknown, every_error
from fengshou.kernel.ids import (
    CENTRE,
    ISSUER,
    LEGS_MAX,
    BadAccountNumber,
    account_number,
    bank_of,
    entry_of,
    id_at,
    leg_id,
    new_id,
    parse_account_number,
    time_of,
)
from fengshou.kernel.jobs import Jobs, Parked, Patience
from fengshou.kernel.jobs import install as install_jobs
from fengshou.kernel.logs import get_logger, set_up_logs
from fengshou.kernel.metrics import counter, exposition, gauge, histogram
from fengshou.kernel.migrate import MigrationChanged
from fengshou.kernel.migrate import migrate as migrate_database
from fengshou.kernel.money import FEN_MAX, BadAmount, Money
from fengshou.kernel.outbox import Event, Relay
from fengshou.kernel.principal import Principal, system
from fengshou.kernel.settings import Settings
from fengshou.kernel.vault import Vault, VaultTampered

__all__ = [
    "CENTRE",
    "FEN_MAX",
    "ISSUER",
    "LEGS_MAX",
    "SHANGHAI",
    "BadAccountNumber",
    "BadAmount",
    "BankError",
    "Batcher",
    "Busy",
    "Calendar",
    "Clock",
    "Connection",
    "Database",
    "Event",
    "Fact",
    "Invalid",
    "Jobs",
    "Kind",
    "MigrationChanged",
    "Missing",
    "Money",
    "OutcomeUnknown",
    "Parked",
    "Patience",
    "Principal",
    "Record",
    "Relay",
    "Settings",
    "UncoveredYear",
    "Vault",
    "VaultTampered",
    "Work",
    "account_number",
    "bank_of",
    "counter",
    "day_of",
    "entry_of",
    "every_error",
    "exposition",
    "gauge",
    "get_logger",
    "histogram",
    "id_at",
    "install_jobs",
    "leg_id",
    "migrate_database",
    "new_id",
    "parse_account_number",
    "seal_audit",
    "set_up_logs",
    "system",
    "time_of",
    "verify_audit",
    "writing",
]

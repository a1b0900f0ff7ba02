"""Structured logs: one JSON object a line, never a name, a number or a secret."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

# A key of this list is dropped wherever it shows up: the last net, not the rule.
_PRIVATE = frozenset(
    {"password", "code", "token", "phone", "id_number", "name", "secret", "credential", "memo"}
)


def _drop_private(_: object, __: str, event: Any) -> Any:
    return {key: ("…" if key in _PRIVATE else value) for key, value in event.items()}


def set_up_logs(level: str = "INFO", *, stream: Any = None) -> None:
    """Send everything to stderr as JSON lines."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _drop_private,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_logger(room: str) -> Any:
    """The logger of a room; `log.info("posted", entries=3)`."""
    return structlog.get_logger(room=room)

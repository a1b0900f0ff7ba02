"""The register as a pure function: the data asked about chooses the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["MATCH", "MISMATCH", "NOT_FOUND", "UNAVAILABLE", "SILENT"]
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_OUTCOMES: Mapping[str, Outcome] = {
    "not_found": "NOT_FOUND",
    "mismatch": "MISMATCH",
    "unavailable": "UNAVAILABLE",
    "silent": "SILENT",
}


@dataclass(frozen=True)
class Register:
    """Who is in the register, and which data lead to which rare outcome (see samples/register.yaml)."""

    people: Mapping[str, str] = field(default_factory=dict)
    order_codes: Mapping[str, Outcome] = field(default_factory=dict)
    name_mismatch: str = "某"

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Register:
        """Build it from the parsed register file; a number with a wrong check digit is a mistake in it."""
        people = {person["id_number"]: person["name"] for person in said["people"]}
        wrong = [number for number in people if not number_is_valid(number)]
        if wrong:
            raise ValueError(f"register: check digit of {wrong}")
        codes = {code: _OUTCOMES[outcome] for code, outcome in said["order_codes"].items()}
        return cls(people, codes, said["name_mismatch"])

    def look_up(self, name: str, id_number: str) -> Outcome:
        """What the register answers about `name` and `id_number`."""
        if not number_is_valid(id_number):
            return "NOT_FOUND"
        if id_number in self.people:
            return "MATCH" if self.people[id_number] == name else "MISMATCH"
        if id_number[14:17] in self.order_codes:
            return self.order_codes[id_number[14:17]]
        return "MISMATCH" if self.name_mismatch in name else "MATCH"


def number_is_valid(id_number: str) -> bool:
    """Whether the 18 characters end in the check character of GB 11643 (ISO 7064 mod 11-2)."""
    body, check = id_number[:17], id_number[17:]
    if len(id_number) != 18 or not (body.isascii() and body.isdigit()):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == check


def evidence_no(request_id: str, outcome: Outcome) -> str:
    """The register's number of a check: the same question gets the same number."""
    return "RN" + hashlib.sha256(f"{request_id}|{outcome}".encode()).hexdigest()[:22].upper()

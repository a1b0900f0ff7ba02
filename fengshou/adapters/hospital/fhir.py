"""FHIR R4 on the wire: what is read is held against the standard's models first, what is written too.

`fhir.resources` ships R4B (4.3.0); the resources used here are the same in R4 (4.0.1), down to every element we send.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from fengshou.adapters import wire

CONTENT_TYPE = "application/fhir+json"
_HOME = "https://fengshou.example/fhir"
KEY = f"{_HOME}/sid/key"
VOUCHER = f"{_HOME}/sid/voucher"
QUEUE = f"{_HOME}/sid/queue"
ACCOUNT = f"{_HOME}/sid/account"
CARD = f"{_HOME}/sid/card"
ID_CARD = (
    "urn:oid:2.16.156.112604.1.2.77"  # identity numbers, under the arc of the country's health informatics
)
REASON = f"{_HOME}/CodeSystem/reason"
PURPOSE = f"{_HOME}/CodeSystem/purpose"
PLACES = f"{_HOME}/StructureDefinition/slot-places"
FREE = f"{_HOME}/StructureDefinition/slot-free"
FEE = f"{_HOME}/StructureDefinition/fee"
HOLD_S = f"{_HOME}/StructureDefinition/hold-seconds"
HOLD_UNTIL = f"{_HOME}/StructureDefinition/hold-until"
AHEAD = f"{_HOME}/StructureDefinition/queue-ahead"
PERIOD = f"{_HOME}/StructureDefinition/bill-period"
_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
Resource = dict[str, Any]


def read(body: bytes, kind: str) -> Resource:
    """A resource of this kind, whole and of the standard; raises `OffForm`."""
    said = wire.json_of(body)
    if said.get("resourceType") != kind:
        raise wire.OffForm("resource type")
    return checked(said)


def checked(resource: Mapping[str, Any]) -> Resource:
    """The same resource, held against the standard's model; raises `OffForm`."""
    try:
        get_fhir_model_class(str(resource["resourceType"])).model_validate(resource)
    except (KeyError, ValidationError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise wire.OffForm("resource") from error
    return dict(resource)


def write(resource: Mapping[str, Any]) -> bytes:
    """Its JSON; what cannot be said in the standard is not sent."""
    try:
        return orjson.dumps(checked(resource))
    except wire.OffForm as error:
        raise wire.Unsayable("resource") from error


@contextmanager
def as_agreed() -> Iterator[None]:
    """Elements the standard leaves open may be missing: then the resource is off our form."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise wire.OffForm("element") from error


def entries(bundle: Resource, *kinds: str) -> list[Resource]:
    """The resources of a bundle, of these kinds alone."""
    found = [entry.get("resource", {}) for entry in bundle.get("entry", [])]
    return [resource for resource in found if resource.get("resourceType") in kinds]


def id_(text: str) -> str:
    """The same text, when it can be an id."""
    if not _ID.fullmatch(text):
        raise wire.Unsayable("id")
    return text


def bundle(resources: list[Resource], *, total: int, next_url: str | None = None) -> Resource:
    """A page of a search."""
    said: Resource = {"resourceType": "Bundle", "type": "searchset", "total": total}
    if next_url is not None:
        said["link"] = [{"relation": "next", "url": next_url}]
    if resources:
        said["entry"] = [{"resource": resource} for resource in resources]
    return said


def link(said: Resource, relation: str) -> str | None:
    """Where a bundle goes on."""
    return next((one["url"] for one in said.get("link", []) if one["relation"] == relation), None)


def two(element: str, zh: str, en: str) -> Resource:
    """A text in Chinese with its English translation, as the standard's extension has it."""
    parts = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": en or zh}]
    return {element: zh, f"_{element}": {"extension": [{"url": _TRANSLATION, "extension": parts}]}}


def both(resource: Mapping[str, Any], element: str) -> tuple[str, str]:
    """A text and its English translation; without one, the text twice."""
    zh = str(resource[element])
    for extension in resource.get(f"_{element}", {}).get("extension", []):
        if extension.get("url") == _TRANSLATION:
            return zh, next(str(p["valueString"]) for p in extension["extension"] if p["url"] == "content")
    return zh, zh


def extension(resource: Mapping[str, Any], url: str) -> Any:
    """The value of an extension; None where there is none."""
    for one in resource.get("extension", []):
        if one.get("url") == url:
            return next(value for name, value in one.items() if name.startswith("value"))
    return None


def identifier(resource: Mapping[str, Any], system: str) -> str:
    """The identifier of a system; "" where there is none."""
    listed = resource.get("identifier", [])
    return next((str(one["value"]) for one in listed if one.get("system") == system), "")


def named(system: str, value: str) -> Resource:
    """An identifier."""
    return {"system": system, "value": value}


def money(fen: int) -> Resource:
    """An amount."""
    return {"value": fen / 100, "currency": "CNY"}


def fen_of(amount: Mapping[str, Any]) -> int:
    """Whole fen of an amount; anything finer or of another currency is a ValueError."""
    fen = round(float(amount["value"]) * 100)
    if amount.get("currency") != "CNY" or abs(float(amount["value"]) * 100 - fen) > 1e-4:
        raise ValueError("money")
    return fen


def outcome(reason: str, text: str, code: str = "business-rule") -> Resource:
    """Why something was refused."""
    coding = {"coding": [{"system": REASON, "code": reason}], "text": text or reason}
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, "details": coding}],
    }


def reason_of(said: Resource) -> str:
    """The word of our list in an OperationOutcome, or `OffForm`."""
    with as_agreed():
        codings = said["issue"][0]["details"]["coding"]
        return next(str(one["code"]) for one in codings if one.get("system") == REASON)

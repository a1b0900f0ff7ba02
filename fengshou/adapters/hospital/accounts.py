"""FHIR's words of money and records to ours, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fengshou.adapters import wire
from fengshou.adapters.hospital import fhir
from fengshou.services import Pay, Ring, Said, Subject, Talk, Target

KINDS = {
    "reports": "DiagnosticReport",
    "images": "DiagnosticReport",
    "prescriptions": "MedicationRequest",
    "visits": "Encounter",
    "daily_list": "ChargeItem",
}
_AMBULATORY = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
_CATEGORY = {"reports": "LAB", "images": "RAD"}
_PAID = {"done": "active", "pending": "draft", "refused": "cancelled"}
_SAID = {status: state for state, status in _PAID.items()}


def charge_of(bill: Mapping[str, Any], account: str) -> fhir.Resource:
    """A bill as a ChargeItem."""
    return {
        "resourceType": "ChargeItem",
        "id": bill["bill"],
        "status": "billable",
        "code": fhir.two("text", bill["label_zh"], bill["label_en"]),
        "subject": {"display": "-"},
        "account": [{"identifier": fhir.named(fhir.ACCOUNT, account)}],
        "priceOverride": fhir.money(bill["fen"]),
        "extension": [{"url": fhir.PERIOD, "valueString": bill["period"]}],
    }


def bill_of(charge: fhir.Resource) -> dict[str, Any]:
    """A ChargeItem as a bill."""
    with fhir.as_agreed():
        if charge["status"] != "billable":
            raise wire.OffForm("charge")
        zh, en = fhir.both(charge["code"], "text")
        return {
            "bill": charge["id"], "period": fhir.extension(charge, fhir.PERIOD),
            "fen": fhir.fen_of(charge["priceOverride"]), "label_zh": zh, "label_en": en,
        }  # fmt: skip


def account_of(body: Mapping[str, Any]) -> fhir.Resource:
    """What is owed, as the Account it is owed under."""
    return {
        "resourceType": "Account",
        "id": body["account"],
        "meta": {"lastUpdated": body["as_of"]},
        "identifier": [fhir.named(fhir.ACCOUNT, body["account"])],
        "status": "active",
        "name": body["holder"],
        "description": body["place"],
    }


def arrears_of(bundle: fhir.Resource) -> dict[str, Any]:
    """What is owed, of an Account and its ChargeItems."""
    with fhir.as_agreed():
        (account,) = fhir.entries(bundle, "Account")
        return {
            "as_of": account["meta"]["lastUpdated"], "account": fhir.identifier(account, fhir.ACCOUNT),
            "holder": account["name"], "place": account.get("description", ""),
            "bills": [bill_of(charge) for charge in fhir.entries(bundle, "ChargeItem")],
        }  # fmt: skip


def notice_of(ring: Ring, params: Talk, now: datetime) -> fhir.Resource:
    """What was paid, as a PaymentNotice with the Invoice it is for."""
    match params:
        case Pay():
            lines = [_line(bill, fen) for bill, fen in sorted(params.fen.items())]
            account, at, fen, purpose = params.account, params.paid_at, sum(params.fen.values()), "charges"
        case Target():
            lines, purpose = [], "deposit"
            account, at, fen = params.account, now, params.fen
        case _:
            raise AssertionError("nothing is paid")
    invoice: fhir.Resource = {
        "resourceType": "Invoice", "id": "lines", "status": "balanced", "totalNet": fhir.money(fen),
        "identifier": [fhir.named(fhir.ACCOUNT, account)],
    }  # fmt: skip
    if lines:
        invoice["lineItem"] = lines
    return _notice(ring.key, purpose, fen, at.astimezone(UTC).isoformat()) | {
        "status": "active", "contained": [invoice], "request": {"reference": "#lines"},
    }  # fmt: skip


def paid_of(notice: fhir.Resource) -> tuple[bool, dict[str, Any]]:
    """Whether it is a deposit, and what was paid."""
    with fhir.as_agreed():
        (invoice,) = notice["contained"]
        account = fhir.identifier(invoice, fhir.ACCOUNT)
        if notice["recipient"]["identifier"]["value"] == "deposit":
            return True, {"account": account, "fen": fhir.fen_of(notice["amount"])}
        fen = {
            line["chargeItemReference"]["reference"].removeprefix("ChargeItem/"): fhir.fen_of(
                line["priceComponent"][0]["amount"]
            )
            for line in invoice["lineItem"]
        }
        return False, {"account": account, "paid_at": notice["created"], "fen": fen}


def taken_notice(key: UUID, purpose: str, said: Said, created: str, fen: int = 0) -> fhir.Resource:
    """What became of a payment, as the PaymentNotice the hospital keeps."""
    notice = _notice(key, purpose, fen, created) | {"status": _PAID[said.state]}
    if said.state == "done":
        notice["id"] = said.body["number"]
    if said.state == "refused":
        reason = {"system": fhir.REASON, "code": said.reason}
        notice["paymentStatus"] = {"coding": [reason]}
    return notice


def taken_of(notice: fhir.Resource) -> Said:
    """What became of a payment."""
    with fhir.as_agreed():
        state = _SAID[notice["status"]]
        if state == "done":
            return Said("done", {"number": notice["id"]})
        if state == "pending":
            return Said("pending")
        return Said("refused", {}, notice["paymentStatus"]["coding"][0]["code"])


def day_line(line: Mapping[str, Any], day: str) -> fhir.Resource:
    """A payment of a day's file."""
    notice = _notice(UUID(line["key"]), "charges", line["fen"], day)
    notice["payment"] = {"identifier": fhir.named(fhir.ACCOUNT, line["account"])}
    return notice | {"status": "active", "id": line["number"]}


def line_of(notice: fhir.Resource) -> dict[str, Any]:
    """A payment of a day's file, read."""
    with fhir.as_agreed():
        return {
            "key": fhir.identifier(notice, fhir.KEY), "account": notice["payment"]["identifier"]["value"],
            "fen": fhir.fen_of(notice["amount"]), "number": notice["id"],
        }  # fmt: skip


def patient_of(facts: Mapping[str, Any], as_of: str) -> fhir.Resource:
    """What a hospital knows of somebody, as a Patient."""
    said: fhir.Resource = {
        "resourceType": "Patient",
        "id": facts["card"],
        "meta": {"lastUpdated": as_of},
        "identifier": [fhir.named(fhir.CARD, facts["card"])],
        "name": [{"text": facts["name"]}],
        "address": [{"text": facts["address"]}],
        "extension": [
            {"url": f"{fhir.PURPOSE}/{word}", "valueString": facts[word]}
            for word in ("blood_type", "allergy")
        ],
    }
    if facts["phone"]:
        said["telecom"] = [{"system": "phone", "value": facts["phone"]}]
    return said


def facts_of(patient: fhir.Resource) -> dict[str, Any]:
    """A Patient as facts."""
    with fhir.as_agreed():
        phones = patient.get("telecom", [])
        facts = {
            "card": fhir.identifier(patient, fhir.CARD), "name": patient["name"][0]["text"],
            "address": patient["address"][0]["text"], "phone": phones[0]["value"] if phones else None,
            **{word: fhir.extension(patient, f"{fhir.PURPOSE}/{word}") for word in ("blood_type", "allergy")},
        }  # fmt: skip
        return {"as_of": patient["meta"]["lastUpdated"], "facts": facts}


def record_resource(topic: str, row: Mapping[str, Any], subject: Subject) -> fhir.Resource:
    """One row of a patient's records as the resource it is."""
    who = {"subject": {"display": subject.name or "-"}, "id": row["number"], "resourceType": KINDS[topic]}
    where = fhir.two("display", row["department_zh"], row["department_en"])
    doctor = {"display": row["doctor"]}
    if topic in _CATEGORY:
        return who | {
            "status": "final", "effectiveDateTime": row["date"], "performer": [where],
            "category": [{"coding": [{"code": _CATEGORY[topic]}]}], "resultsInterpreter": [doctor],
            "code": fhir.two("text", row["name_zh"], row["name_en"]),
            **fhir.two("conclusion", row["result_zh"], row["result_en"]),
        }  # fmt: skip
    if topic == "prescriptions":
        return who | {
            "status": "active", "intent": "order", "authoredOn": row["date"], "requester": doctor,
            "medicationCodeableConcept": fhir.two("text", row["name_zh"], row["name_en"]),
            "dosageInstruction": [fhir.two("text", row["dosage_zh"], row["dosage_en"])], "performer": where,
        }  # fmt: skip
    if topic == "daily_list":
        return who | {
            "status": "billed", "code": fhir.two("text", row["name_zh"], row["name_en"]),
            "occurrenceDateTime": row["date"], "priceOverride": fhir.money(row["amount_fen"]),
            "performingOrganization": where, "performer": [{"actor": doctor}],
        }  # fmt: skip
    return who | {
        "status": "finished", "class": _AMBULATORY, "period": {"start": row["date"]},
        "serviceProvider": where, "participant": [{"individual": doctor}],
    }  # fmt: skip


def record_of(topic: str, said: fhir.Resource) -> dict[str, Any]:
    """A resource as one row of a patient's records."""
    with fhir.as_agreed():
        kind = said["resourceType"]
        if kind == "DiagnosticReport":
            if said["category"][0]["coding"][0]["code"] != _CATEGORY[topic]:
                raise wire.OffForm("category")
            row = _row(said, said["effectiveDateTime"], said["performer"][0], said["resultsInterpreter"][0])
            return row | _pair("name", said["code"], "text") | _pair("result", said, "conclusion")
        if kind == "MedicationRequest":
            row = _row(said, said["authoredOn"], said["performer"], said["requester"])
            row |= _pair("name", said["medicationCodeableConcept"], "text")
            return row | _pair("dosage", said["dosageInstruction"][0], "text")
        if kind == "ChargeItem":
            doctor = said["performer"][0]["actor"]
            row = _row(said, said["occurrenceDateTime"], said["performingOrganization"], doctor)
            return (
                row | _pair("name", said["code"], "text") | {"amount_fen": fhir.fen_of(said["priceOverride"])}
            )
        doctor = said["participant"][0]["individual"]
        row = _row(said, said["period"]["start"], said["serviceProvider"], doctor)
        return row | {"state": said["status"]}


def _row(said: fhir.Resource, day: str, where: fhir.Resource, doctor: fhir.Resource) -> dict[str, Any]:
    row = {"number": said["id"], "date": day[:10], "doctor": doctor["display"]}
    return row | _pair("department", where, "display")


def _pair(word: str, said: fhir.Resource, element: str) -> dict[str, Any]:
    zh, en = fhir.both(said, element)
    return {f"{word}_zh": zh, f"{word}_en": en}


def _notice(key: UUID, purpose: str, fen: int, created: str) -> fhir.Resource:
    return {
        "resourceType": "PaymentNotice",
        "identifier": [fhir.named(fhir.KEY, str(key))],
        "created": created,
        "payment": {"identifier": fhir.named(fhir.KEY, str(key))},
        "recipient": {"identifier": fhir.named(fhir.PURPOSE, purpose)},
        "amount": fhir.money(fen),
    }


def _line(bill: str, fen: int) -> fhir.Resource:
    amount = [{"type": "base", "amount": fhir.money(fen)}]
    return {"chargeItemReference": {"reference": f"ChargeItem/{bill}"}, "priceComponent": amount}

"""FHIR's words of booking to ours, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from fengshou.adapters import wire
from fengshou.adapters.hospital import fhir
from fengshou.services import HoldSlot, Ring, Subject

REASONS = wire.reasons_of(Path(__file__).parent)
_STATUS = {
    "held": "proposed",
    "booked": "booked",
    "checked_in": "arrived",
    "fulfilled": "fulfilled",
    "cancelled": "cancelled",
    "no_show": "noshow",
    "expired": "cancelled",
}
_STATE = {"proposed": "held", "arrived": "checked_in", "noshow": "no_show"}
_QUEUE_STATUS = {"waiting": "arrived", "called": "in-progress", "served": "finished", "passed": "cancelled"}
_QUEUE_STATE = {status: state for state, status in _QUEUE_STATUS.items()}
_AMBULATORY = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}


def group_of(service: fhir.Resource) -> dict[str, Any]:
    """A department."""
    with fhir.as_agreed():
        zh, en = fhir.both(service, "name")
        return {"id": service["id"], "zh": zh, "en": en, "kind": "group"}


def service_of(body: Mapping[str, Any]) -> fhir.Resource:
    """A department as a HealthcareService."""
    return {
        "resourceType": "HealthcareService",
        "id": body["id"],
        "active": True,
        **fhir.two("name", body["zh"], body["en"]),
    }


def doctor_of(role: fhir.Resource, people: Mapping[str, fhir.Resource]) -> dict[str, Any]:
    """A doctor, of a PractitionerRole and the Practitioner it includes."""
    with fhir.as_agreed():
        name = people[role["practitioner"]["reference"]]["name"][0]["text"]
        note_zh, note_en = fhir.both(role["code"][0], "text")
        fen = fhir.fen_of(fhir.extension(role, fhir.FEE))
    return {
        "id": role["id"], "zh": name, "en": name, "kind": "person", "note_zh": note_zh, "note_en": note_en,
        "fen": fen,
    }  # fmt: skip


def role_of(body: Mapping[str, Any], department: str) -> list[fhir.Resource]:
    """A doctor as a PractitionerRole and a Practitioner."""
    role: fhir.Resource = {
        "resourceType": "PractitionerRole",
        "id": body["id"],
        "active": True,
        "practitioner": {"reference": f"Practitioner/{body['id']}"},
        "healthcareService": [{"reference": f"HealthcareService/{department}"}],
        "code": [fhir.two("text", body["note_zh"], body["note_en"])],
        "extension": [{"url": fhir.FEE, "valueMoney": fhir.money(body["fen"])}],
    }
    person = {"resourceType": "Practitioner", "id": body["id"], "name": [{"text": body["zh"]}]}
    return [role, person]


def slot_of(resource: fhir.Resource) -> dict[str, Any]:
    """A time with its places."""
    with fhir.as_agreed():
        free = fhir.extension(resource, fhir.FREE)
        if (free == 0) is (resource["status"] == "free"):
            raise wire.OffForm("slot")
        return {
            "id": resource["id"], "starts_at": resource["start"], "ends_at": resource["end"], "free": free,
            "capacity": fhir.extension(resource, fhir.PLACES),
            "fen": fhir.fen_of(fhir.extension(resource, fhir.FEE)),
        }  # fmt: skip


def slot_resource(body: Mapping[str, Any]) -> fhir.Resource:
    """A time as a Slot of its doctor's Schedule."""
    return {
        "resourceType": "Slot",
        "id": body["id"],
        "schedule": {"reference": f"Schedule/{body['id'].rpartition('-')[0]}"},
        "status": "free" if body["free"] else "busy",
        "start": body["starts_at"],
        "end": body["ends_at"],
        "extension": [
            {"url": fhir.PLACES, "valueInteger": body["capacity"]},
            {"url": fhir.FREE, "valueInteger": body["free"]},
            {"url": fhir.FEE, "valueMoney": fhir.money(body["fen"])},
        ],
    }


def schedule_of(doctor: str) -> fhir.Resource:
    """The Schedule of a doctor."""
    return {
        "resourceType": "Schedule",
        "id": doctor,
        "active": True,
        "actor": [{"reference": f"PractitionerRole/{doctor}"}],
    }


def wanted(ring: Ring, params: HoldSlot) -> fhir.Resource:
    """The Appointment a hold asks for."""
    who = ring.subject or Subject()
    actor: fhir.Resource = {"type": "Patient", "display": who.name or "-"}
    if who.id_number:
        actor["identifier"] = fhir.named(fhir.ID_CARD, who.id_number)
    return {
        "resourceType": "Appointment",
        "identifier": [fhir.named(fhir.KEY, str(ring.key))],
        "status": "proposed",
        "slot": [{"reference": f"Slot/{params.slot}"}],
        "participant": [{"actor": actor, "status": "accepted"}],
        "extension": [{"url": fhir.HOLD_S, "valueUnsignedInt": params.seconds}],
    }


def hold_of(resource: fhir.Resource) -> tuple[dict[str, Any], Subject | None]:
    """What an Appointment asks to be held, and for whom."""
    with fhir.as_agreed():
        actor = resource["participant"][0]["actor"]
        number = actor.get("identifier", {}).get("value")
        subject = Subject(actor.get("display"), number) if number else None
        params = {"slot": _id(resource["slot"][0], "Slot"), "seconds": fhir.extension(resource, fhir.HOLD_S)}
        return params, subject


def booking_of(resource: fhir.Resource) -> dict[str, Any]:
    """What has become of an Appointment."""
    with fhir.as_agreed():
        status = str(resource["status"])
        state = _STATE.get(status, status)
        codes = [one.get("code") for one in resource.get("cancelationReason", {}).get("coding", [])]
        if state == "cancelled" and "expired" in codes:
            state = "expired"
        until = fhir.extension(resource, fhir.HOLD_UNTIL)
        return {
            "booking": resource["id"], "state": state, "slot": _id(resource["slot"][0], "Slot"),
            "fen": fhir.fen_of(fhir.extension(resource, fhir.FEE)),
            "voucher": fhir.identifier(resource, fhir.VOUCHER),
            **({"expires_at": until} if until else {}),
        }  # fmt: skip


def appointment_of(body: Mapping[str, Any], key: UUID, version: int, times: tuple[str, str]) -> fhir.Resource:
    """A booking as an Appointment."""
    said: fhir.Resource = {
        "resourceType": "Appointment",
        "id": body["booking"],
        "meta": {"versionId": str(version)},
        "identifier": [fhir.named(fhir.KEY, str(key))],
        "status": _STATUS[body["state"]],
        "slot": [{"reference": f"Slot/{body['slot']}"}],
        "start": times[0],
        "end": times[1],
        "participant": [{"actor": {"type": "Patient", "display": "-"}, "status": "accepted"}],
        "extension": [{"url": fhir.FEE, "valueMoney": fhir.money(body["fen"])}],
    }
    if body["voucher"]:
        said["identifier"].append(fhir.named(fhir.VOUCHER, body["voucher"]))
    if body["expires_at"]:
        said["extension"].append({"url": fhir.HOLD_UNTIL, "valueDateTime": body["expires_at"]})
    if body["state"] == "expired":
        said["cancelationReason"] = {"coding": [{"system": fhir.REASON, "code": "expired"}]}
    return said


def changed(resource: fhir.Resource, state: str) -> fhir.Resource:
    """The same Appointment, asked to be in another state."""
    same = {name: value for name, value in resource.items() if name != "cancelationReason"}
    return same | {"status": _STATUS[state]}


def state_wanted(resource: fhir.Resource) -> str:
    """What an Appointment is asked to become."""
    status = str(resource.get("status"))
    return _STATE.get(status, status)


def queue_of(resource: fhir.Resource) -> dict[str, Any]:
    """Where somebody stands, of an Encounter."""
    with fhir.as_agreed():
        locations = resource.get("location", [])
        return {
            "number": fhir.identifier(resource, fhir.QUEUE),
            "ahead": fhir.extension(resource, fhir.AHEAD),
            "called_to": locations[0]["location"]["display"] if locations else "",
            "state": _QUEUE_STATE[resource["status"]],
        }


def encounter_of(body: Mapping[str, Any], booking: str, key: UUID) -> fhir.Resource:
    """Where somebody stands, as an Encounter."""
    said: fhir.Resource = {
        "resourceType": "Encounter",
        "id": booking,
        "identifier": [fhir.named(fhir.QUEUE, body["number"]), fhir.named(fhir.KEY, str(key))],
        "status": _QUEUE_STATUS[body["state"]],
        "class": _AMBULATORY,
        "appointment": [{"reference": f"Appointment/{booking}"}],
        "extension": [{"url": fhir.AHEAD, "valueInteger": body["ahead"]}],
    }
    if body["called_to"]:
        said["location"] = [{"location": {"display": body["called_to"]}}]
    return said


def _id(reference: Mapping[str, Any], kind: str) -> str:
    is_kind, _, id_ = str(reference["reference"]).partition("/")
    if is_kind != kind or not id_:
        raise wire.OffForm("reference")
    return id_

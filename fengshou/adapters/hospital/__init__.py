"""Hospitals by HL7 FHIR R4: departments, doctors, places, arrival and queue, charges, reports, prescriptions.

`HospitalClient` answers in the words of `fengshou.services`. A place is an Appointment: proposed while it is held, then
booked, arrived, fulfilled; the hospital may cancel it by itself, which comes as news.
"""

from fengshou.adapters.hospital.client import HospitalClient

__all__ = ["HospitalClient"]

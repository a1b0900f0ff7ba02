"""What a simulated hospital knows of a patient: who they are, reports, prescriptions, visits, fees."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, get_args

from fengshou.adapters.hospital.wards import BEIJING, Wards
from fengshou.adapters.wire import invented
from fengshou.services import Fact, Subject

Topic = Literal["reports", "images", "prescriptions", "visits", "daily_list"]
TOPICS: frozenset[str] = frozenset(get_args(Topic))
_TESTS = (
    ("血常规", "Blood count", "未见异常", "Nothing unusual"),
    ("尿常规", "Urinalysis", "未见异常", "Nothing unusual"),
    ("肝功能", "Liver function", "丙氨酸氨基转移酶偏高", "ALT slightly high"),
    ("空腹血糖", "Fasting glucose", "5.4 mmol/L，正常", "5.4 mmol/L, normal"),
    ("血脂四项", "Lipids", "总胆固醇偏高", "Total cholesterol slightly high"),
)
_IMAGES = (
    ("胸部CT", "Chest CT", "双肺未见明显异常", "Lungs without findings"),
    ("腹部彩超", "Abdominal ultrasound", "轻度脂肪肝", "Mild fatty liver"),
    ("膝关节MRI", "Knee MRI", "半月板Ⅰ度损伤", "Meniscus injury, grade I"),
)
_DRUGS = (
    ("阿莫西林胶囊 0.25g", "Amoxicillin 250 mg", "一次2粒，一日3次", "2 capsules three times a day"),
    ("二甲双胍片 0.5g", "Metformin 500 mg", "一次1片，一日2次", "1 tablet twice a day"),
    ("苯磺酸氨氯地平片 5mg", "Amlodipine 5 mg", "一次1片，一日1次", "1 tablet once a day"),
    ("布洛芬缓释胶囊 0.3g", "Ibuprofen 300 mg", "一次1粒，一日2次", "1 capsule twice a day"),
)
_ITEMS = (
    ("床位费", "Bed", 4_500),
    ("护理费", "Nursing", 3_600),
    ("检查费", "Examination", 12_000),
    ("药品费", "Medicine", 8_640),
    ("治疗费", "Treatment", 6_500),
)


def patient(provider: str, subject: Subject) -> dict[str, Fact]:
    """What the hospital knows the person by."""
    return {
        "card": invented.code(10, provider, subject.id_number, "card"),
        "name": subject.name,
        "phone": subject.phone,
        "address": invented.home(provider, subject.id_number),
        "blood_type": invented.one_of(("A", "B", "O", "AB"), subject.id_number, "blood"),
        "allergy": invented.one_of(("无", "青霉素", "海鲜", "无"), subject.id_number, "allergy"),
    }


def records(wards: Wards, topic: str, subject: Subject, at: datetime) -> list[dict[str, Fact]]:
    """The rows of a topic."""
    who = (wards.provider, subject.id_number, topic)
    return [_row(wards, topic, (*who, n), at, n) for n in range(1 + invented.draw(4, *who))]


def _row(wards: Wards, topic: str, who: tuple[object, ...], at: datetime, n: int) -> dict[str, Fact]:
    days = 3 + n * 40 + invented.draw(30, *who, "days")
    day = at.astimezone(BEIJING).date() - timedelta(days=days)
    doctor = invented.one_of(list(wards.doctors.values()), *who, "doctor")
    row: dict[str, Fact] = {
        "number": invented.code(12, *who),
        "date": day.isoformat(),
        "department_zh": doctor.department.zh,
        "department_en": doctor.department.en,
        "doctor": doctor.name,
    }
    return row | _said(topic, who)


def _said(topic: str, who: tuple[object, ...]) -> dict[str, Fact]:
    if topic in ("reports", "images"):
        zh, en, found_zh, found_en = invented.one_of(_TESTS if topic == "reports" else _IMAGES, *who)
        return {"name_zh": zh, "name_en": en, "result_zh": found_zh, "result_en": found_en}
    if topic == "prescriptions":
        zh, en, how_zh, how_en = invented.one_of(_DRUGS, *who)
        return {"name_zh": zh, "name_en": en, "dosage_zh": how_zh, "dosage_en": how_en}
    if topic == "daily_list":
        zh, en, fen = invented.one_of(_ITEMS, *who)
        return {"name_zh": zh, "name_en": en, "amount_fen": fen}
    return {"state": "finished"}

"""Identity numbers, phones and names: what is checked before anybody outside is asked. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from fengshou.party.errors import BadIdNumber, BadName, BadPhone

# GB 11643-1999 §4.4: ISO 7064 MOD 11-2 weights and check characters.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ID_SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
# Mainland mobiles: eleven digits, 13x-19x; the numbering plan leaves 10x-12x to services.
_PHONE_SHAPE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_NAME_SHAPE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f][\u3400-\u9fff\U00020000-\U0003134f·]{1,29}")
# Passports and ethnic names are written with many kinds of middle dot; one is kept.
_DOTS = str.maketrans(dict.fromkeys("•‧∙・･⋅.．", "·"))
_AGE_MAX = 130


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A resident identity number that passed its own check, and what it says of its owner."""

    text: str
    born_on: date
    gender: str

    @property
    def masked(self) -> str:
        """`330***********1234`."""
        return f"{self.text[:3]}***********{self.text[-4:]}"


def parse_id_number(text: str, today: date) -> IdNumber:
    """Read 18 characters of GB 11643. Raises `BadIdNumber` for shape, birth date or check character."""
    number = unicodedata.normalize("NFKC", text).replace(" ", "").upper()
    if not _ID_SHAPE.fullmatch(number) or number[17] != check_character(number[:17]):
        raise BadIdNumber()
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise BadIdNumber() from None
    if born_on > today or age_on(born_on, today) > _AGE_MAX:
        raise BadIdNumber()
    return IdNumber(number, born_on, "male" if int(number[16]) % 2 else "female")


def check_character(body: str) -> str:
    """The eighteenth character for the first seventeen digits."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def age_on(born_on: date, today: date) -> int:
    """Full years lived on `today`."""
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def parse_phone(text: str) -> str:
    """The eleven digits of a mainland mobile; `+86`, spaces and dashes are allowed. Raises `BadPhone`."""
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^(\+86|0086)", "", digits)
    if not _PHONE_SHAPE.fullmatch(digits):
        raise BadPhone()
    return digits


def normal_name(text: str) -> str:
    """A name as it is compared: no spaces, one kind of middle dot. Raises `BadName`."""
    name = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).translate(_DOTS)
    if not _NAME_SHAPE.fullmatch(name) or name.endswith("·"):
        raise BadName()
    return name


def mask_name(name: str) -> str:
    """What another customer may see: 周*, 林*禾, 欧**娜."""
    if len(name) <= 2:
        return f"{name[:1]}*"
    return f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"


def mask_phone(phone: str) -> str:
    """`138****5678`."""
    return f"{phone[:3]}****{phone[-4:]}"

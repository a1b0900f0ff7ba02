"""What a log-in password must be."""

from __future__ import annotations

import re
import unicodedata

from fengshou.access.errors import PasswordWeak

_LEAST, _MOST = 8, 64

# What guessers try first, without their trailing digits and signs: `Woaini1314!` falls under `woaini`.
_COMMON = """
a aa aaa aaaa abc abcd abcde abcdef abcdefg admin administrator asd asdf asdfgh asdfghjkl baobao
dragon fengshou football hangzhou hello hellokitty iloveyou jiayou letmein liang login lovely
loveyou master mima monkey nihao ningbo pass passw passwd password princess q qaz qazwsx qq qwe qwer
qwert qwerty qwertyuiop root shanghai shouji sunshine superman taobao test tiantian user wangyu
weixin welcome wo woaini woaiwojia wodemima woshishei xiaoming xihuan yinhang zaq zhang zhejiang
zhongguo zx zxc zxcv zxcvb zxcvbn zxcvbnm
"""
_COMMON_STEMS = frozenset(_COMMON.split())
_ROWS = (
    "01234567890",
    "09876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb",
)


def check_password(password: str, phone: str = "") -> None:
    """Raise `PasswordWeak` unless it is 8 to 64 long, mixes letters and digits, and is not easily guessed."""
    text = unicodedata.normalize("NFKC", password)
    if not _LEAST <= len(text) <= _MOST or any(unicodedata.category(c) == "Cc" for c in text):
        raise PasswordWeak(reason="length")
    if not re.search(r"[A-Za-z]", text) or not re.search(r"[0-9]", text):
        raise PasswordWeak(reason="mix")
    if phone and (phone in text or phone[-8:] in text):
        raise PasswordWeak(reason="phone")
    if _guessable(text.lower()):
        raise PasswordWeak(reason="common")


def _guessable(text: str) -> bool:
    if len(set(text)) < 4 or any(text in row * 2 or text[::-1] in row * 2 for row in _ROWS):
        return True
    if not text.isascii():
        return False
    letters, digits = re.sub(r"[^a-z]", "", text), re.sub(r"[^0-9]", "", text)
    # `P@ssw0rd1` is `password` in disguise: undo it between letters, not in the digits around the word.
    word = re.sub(r"^[^a-z]+|[^a-z]+$", "", text).translate(str.maketrans("@$013", "asoie"))
    easy_digits = any(digits in row * 2 for row in _ROWS) or len(set(digits)) <= 2 or _is_year_or_love(digits)
    return easy_digits and not {letters, word}.isdisjoint(_COMMON_STEMS)


def _is_year_or_love(digits: str) -> bool:
    """Birthdays and the numbers lovers use."""
    return digits in {"520", "1314", "5201314", "521", "168", "888", "666"} or bool(
        re.fullmatch(r"(19|20)\d\d((0\d|1[0-2])([0-2]\d|3[01]))?", digits)
    )

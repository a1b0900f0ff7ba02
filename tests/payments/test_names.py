"""Whose name is shown whole, and whose is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.payments import mask_name


@pytest.mark.parametrize(
    "name",
    [
        "杭州远山科技有限公司", "青禾农商银行", "安吉县茶叶合作社", "远山公司", "湖州第一中学", "余杭区人民医院",
        "杭州远山科技有限公司（个人独资）", "Qinghe Tea Co., Ltd.", "Yuanshan Trading Limited",
    ],
)  # fmt: skip
def test_an_organisation_keeps_its_name(name: str) -> None:
    assert mask_name(name) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("周明", "周*"), ("林小禾", "林*禾"), ("欧阳小娜", "欧**娜"), ("张大学", "张*学"), ("王社", "王*"),
        ("阿依古丽·买买提江", "阿**江"), ("迪丽·会", "迪**会"), ("John Smith", "J**h"), ("Marco", "M**o"),
    ],
)  # fmt: skip
def test_a_person_s_name_is_masked(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@given(st.text("赵钱孙李周吴郑王冯陈明大小禾林会社厂店园中心学部", min_size=2, max_size=3))
def test_short_names_are_a_person_s_whatever_they_mean(name: str) -> None:
    assert "*" in mask_name(name)

"""Search, measured: what people type, and the page they mean, within the first three found."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fengshou.channels.app.search_index import build
from fengshou.pages import EVERYONE, Pages, load

_CONTENT = Path(__file__).parents[2] / "content/pages/app"
_SHOWN = 3
# How it is typed -> page: what is typed for it.
_TABLE: dict[str, dict[str, tuple[str, ...]]] = {
    "words": {
        "transfer": ("转账",), "statement": ("收支明细",), "accounts": ("我的账户",), "messages": ("消息",),
        "settings": ("设置",), "security": ("安全中心",), "payees": ("收款人",), "orders": ("转账记录",),
        "help": ("帮助",), "my-services": ("我的办事",), "devices": ("设备",), "privacy": ("隐私政策",),
    },
    "pinyin": {
        "transfer": ("zhuanzhang", "zhuan zhang"), "statement": ("shouzhimingxi",), "accounts": ("zhanghu",),
        "messages": ("xiaoxi",), "settings": ("shezhi",), "security": ("anquan",), "help": ("bangzhu",),
        "my-qr": ("shoukuanma",), "payees": ("shoukuanren",),
    },
    "initials": {
        "transfer": ("zz",), "statement": ("szmx",), "my-qr": ("skm",), "security": ("aqzx",),
        "orders": ("zzjl",), "my-services": ("wdbs",), "payees": ("skr",), "accounts": ("wdzh",),
    },
    "slips": {
        "transfer": ("zhuanzahng", "transfre", "赚账", "转帐"), "statement": ("收支明西",),
        "security": ("anquanzhongxn",), "messages": ("mesages",), "settings": ("setings", "shezi"),
        "passkeys": ("paskeys",), "devices": ("devcies",), "privacy": ("privcy",),
    },
    "other words": {
        "transfer": ("汇款", "打钱", "寄钱", "send money"), "statement": ("流水", "账单", "花了多少"),
        "lost-phone": ("手机被偷", "手机不见了"), "my-qr": ("二维码", "收钱"), "accounts": ("余额", "银行卡"),
        "messages": ("通知",), "settings": ("夜间", "dark mode", "大字"), "real-name": ("身份证",),
        "change-phone": ("换手机号",), "change-password": ("改密码",), "my-services": ("办事进度",),
        "consents": ("撤回同意",), "wealth": ("理财",), "credit": ("借钱",), "help": ("客服",),
        "payees": ("联系人",), "passkeys": ("指纹",), "orders": ("汇款记录",), "check-receipt": ("回单真伪",),
    },
}  # fmt: skip


async def test_what_people_type_is_found_among_the_first_three() -> None:
    pages = Pages(None, Ed25519PrivateKey.generate())
    await pages.preview(load(_CONTENT))
    index = await build(pages, EVERYONE)
    asked = [
        (how, typed, page) for how, rows in _TABLE.items() for page, all_ in rows.items() for typed in all_
    ]
    missed = [
        (how, typed, page, found)
        for how, typed, page in asked
        if page not in (found := [hit.place.page for hit in index.find(typed, _SHOWN)])
    ]
    assert len(asked) >= 50
    assert missed == []

"""The gateway keeps bounded memory, and its cursor survives a restart."""

from datetime import UTC, datetime

from fengshou.adapters.sms.server import load_gateway
from fengshou.adapters.sms.simulator import INBOX_MAX, RECEIPTS_MAX, Gateway

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


def filled(count: int, *, epoch: str = "a") -> Gateway:
    gateway = Gateway({}, epoch=epoch)
    for n in range(count):
        gateway.take(f"m{n}", f"139{n % 7:08d}", f"text {n}", AT)
    return gateway


def test_the_inbox_keeps_the_newest() -> None:
    gateway = filled(INBOX_MAX + 5)

    texts = [letter.text for letter in gateway.inbox(limit=INBOX_MAX * 2)]

    assert texts == [f"text {n}" for n in range(INBOX_MAX + 4, 4, -1)]


def test_receipts_are_bounded_and_never_told_twice() -> None:
    gateway = filled(RECEIPTS_MAX + 3)

    rows, cursor = gateway.receipts("", RECEIPTS_MAX * 2)

    assert [row["message_id"] for row in rows] == [f"m{n}" for n in range(3, RECEIPTS_MAX + 3)]
    assert gateway.receipts(cursor, 10) == ([], cursor)


def test_a_cursor_of_an_earlier_start_begins_again() -> None:
    _, old = filled(5, epoch="a").receipts("", 10)

    rows, _ = filled(2, epoch="b").receipts(old, 10)

    assert [row["message_id"] for row in rows] == ["m0", "m1"]


def test_one_phone_sees_only_its_own() -> None:
    gateway = filled(20)

    assert {letter.phone for letter in gateway.inbox("13900000003")} == {"13900000003"}


def test_the_numbers_of_the_file_do_what_it_says() -> None:
    gateway = load_gateway()

    outcomes = [gateway.take(f"m{n}", f"1700000000{n}", "x", AT) for n in range(5)]

    assert outcomes == ["delivered", "refused", "undeliverable", "silent", "delivered"]


def test_a_text_without_end_is_refused() -> None:
    assert load_gateway().take("m", "13900001234", "字" * 1001, AT) == "refused"
    assert load_gateway().take("m", "13900001234", "", AT) == "refused"

"""Reading is strict: one step off the form is no message at all."""

from datetime import UTC, date, datetime
from xml.etree.ElementTree import Element, SubElement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.adapters.rail import CreditTransfer, Party, codec
from fengshou.adapters.rail.forms import KINDS
from fengshou.adapters.rail.mapping import from_xml, plain, to_xml
from fengshou.adapters.rail.messages import Envelope, Message, Return, Status, StatusReport, StatusRequest

AT = datetime(2026, 3, 2, 2, 30, 0, 123_000, tzinfo=UTC)
DAY = date(2026, 3, 2)
OURS = Party("898010900000", "6290109000000000019", "沈丰禾")
THEIRS = Party("899000000017", "6231000000000000", "王小谷 & <子>")
TRANSFER = CreditTransfer("m1", "e1", 123_456, OURS, THEIRS, DAY, AT, "房租 'quoted' \"twice\"")
MESSAGES: list[Message] = [
    TRANSFER,
    CreditTransfer("m2", "e2", 1, OURS, THEIRS, DAY, AT),
    StatusReport("s1", AT, "m1", "e1", Status.SETTLED),
    StatusReport("s2", AT, "m1", "e1", Status.REJECTED, "AC01"),
    Return("r1", AT, "m1", "e1", 123_456, DAY, "AC04"),
    StatusRequest("q1", AT, "m1", "e1"),
]
IDS = st.from_regex(KINDS["id"], fullmatch=True)
TEXTS = st.text(min_size=1, max_size=300)


def sent(message: Message) -> bytes:
    return codec.to_bytes(to_xml(Envelope("898000100000", "899999000000", message)))


def received(data: bytes) -> Message:
    return from_xml(codec.from_bytes(data)).message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_what_is_written_is_read(message: Message) -> None:
    assert received(sent(message)) == message


@given(
    ids=st.tuples(IDS, IDS),
    fen=st.integers(1, 10**15 - 1),
    name=TEXTS.filter(lambda text: bool(plain(text, 140))),
    memo=TEXTS,
    at=st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone is beside it
)
def test_any_payment_survives_the_wire(
    ids: tuple[str, str], fen: int, name: str, memo: str, at: datetime
) -> None:
    payee = Party(THEIRS.bank, THEIRS.account, name)
    transfer = CreditTransfer(*ids, fen, OURS, payee, DAY, at, memo)

    read = received(sent(transfer))

    assert isinstance(read, CreditTransfer)
    assert (read.message_id, read.end_to_end_id, read.fen) == (*ids, fen)
    assert read.creditor.name == plain(name, 140)
    assert read.memo == plain(memo, 140)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"1234.56", b"1234.5"),
        (b"1234.56", b"1234.567"),
        (b"1234.56", b"-1234.56"),
        (b"1234.56", b"01234.56"),
        (b"1234.56", b"1e3.00"),
        (b"1234.56", b"0.00"),
        (b'Ccy="CNY"', b'Ccy="USD"'),
        (b'Ccy="CNY"', b""),
        (b'Ccy="CNY"', b'Ccy="CNY" x="1"'),
        (b"2026-03-02<", b"2026-02-30<"),
        (b"2026-03-02T02:30:00.123Z", b"2026-03-02T02:30:00.123"),
        (b"2026-03-02T02:30:00.123Z", b"0001-01-01T00:00:00+14:00"),
        (b"<head001:MsgDefIdr>pacs.008.001.08", b"<head001:MsgDefIdr>pacs.004.001.09"),
        (b"<head001:BizMsgIdr>m1", b"<head001:BizMsgIdr>m2"),
        (b'pacs.008.001.08"', b'pacs.008.001.09"'),
        (b"urn:fengshou:rail:1", b"urn:fengshou:rail:2"),
        (b"898010900000", b"89801090000"),
    ],
)
def test_one_step_off_the_form_is_refused(old: bytes, new: bytes) -> None:
    whole = sent(TRANSFER)
    assert old in whole

    with pytest.raises(codec.BadMessage):
        received(whole.replace(old, new))


@pytest.mark.parametrize("path", [".//{*}EndToEndId", ".//{*}CdtrAcct", ".//{*}GrpHdr", ".//{*}Dbtr/{*}Nm"])
@pytest.mark.parametrize("change", ["missing", "twice"])
def test_what_must_stand_cannot_be_left_out_or_doubled(path: str, change: str) -> None:
    root = to_xml(Envelope(OURS.bank, THEIRS.bank, TRANSFER))
    node = root.find(path)
    assert node is not None
    parent = next(parent for parent in root.iter() if node in list(parent))
    if change == "missing":
        parent.remove(node)
    else:
        parent.append(node)

    with pytest.raises(codec.BadMessage):
        from_xml(root)


def test_an_element_out_of_its_place_is_refused() -> None:
    root = to_xml(Envelope(OURS.bank, THEIRS.bank, TRANSFER))
    transaction = root.find(".//{*}CdtTrfTxInf")
    assert transaction is not None
    first = transaction[0]
    transaction.remove(first)
    transaction.append(first)

    with pytest.raises(codec.BadMessage, match="out of place"):
        from_xml(root)


def test_elements_nobody_agreed_on_are_refused() -> None:
    root = to_xml(Envelope(OURS.bank, THEIRS.bank, TRANSFER))
    transaction = root.find(".//{*}CdtTrfTxInf")
    assert transaction is not None
    SubElement(transaction, transaction.tag.replace("CdtTrfTxInf", "UETR")).text = "x"

    with pytest.raises(codec.BadMessage, match="UETR"):
        from_xml(root)


def test_deep_nesting_is_refused_before_it_hurts() -> None:
    root = to_xml(Envelope(OURS.bank, THEIRS.bank, TRANSFER))
    node = root.find(".//{*}GrpHdr")
    assert node is not None
    for _ in range(5_000):
        node = SubElement(node, node.tag)

    with pytest.raises(codec.BadMessage):
        from_xml(root)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<",
        b"\xff\xfe",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<?xml version="1.0" encoding="no-such"?><a/>',
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(codec.BadMessage):
        received(data)


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(codec.BadMessage):
        received(noise)


def test_a_value_that_does_not_fit_is_not_sent() -> None:
    for wrong in (
        CreditTransfer("m 1", "e1", 1, OURS, THEIRS, DAY, AT),
        CreditTransfer("m1", "e" * 36, 1, OURS, THEIRS, DAY, AT),
        CreditTransfer("m1", "e1", 10**15, OURS, THEIRS, DAY, AT),
        CreditTransfer("m1", "e1", 1, OURS, Party("12", "1", "x"), DAY, AT),
        CreditTransfer("m1", "e1", 1, OURS, Party(THEIRS.bank, "1", "\x00\n "), DAY, AT),
    ):
        with pytest.raises(codec.BadMessage):
            sent(wrong)


def test_a_rejection_without_a_reason_is_not_understood() -> None:
    data = sent(StatusReport("s1", AT, "m1", "e1", Status.REJECTED))

    with pytest.raises(codec.BadMessage):
        received(data)


def test_a_batch_has_a_cursor_and_a_limit() -> None:
    root = codec.bind([Element("x")] * codec.MESSAGES_MAX, "a.1")
    assert codec.unbind(root)[1] == "a.1"
    root.append(Element("x"))

    with pytest.raises(codec.BadMessage):
        codec.unbind(root)
    with pytest.raises(codec.BadMessage):
        codec.unbind(codec.bind([], ""))

"""What payments may rely on of the interbank rail, whoever stands behind the port."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Protocol
from uuid import uuid4

import pytest

from fengshou.adapters.rail import (
    CreditTransfer,
    Party,
    RailAnswer,
    RailClient,
    RailMail,
    RailState,
    Why,
    member_bank_code,
)
from fengshou.adapters.rail.desk import Desk, load_rules
from fengshou.adapters.rail.mapping import answer_from
from fengshou.adapters.rail.messages import Envelope, Message, Return, Status, StatusReport, StatusRequest
from fengshou.adapters.rail.server import OWN_CODE, PATH, RAIL_CODE, build_app
from fengshou.adapters.rail.simulator import Reply
from fengshou.adapters.wire import Line
from tests.adapters.lines import OWN, line_to
from tests.contracts.conftest import live_outside

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
OURS = Party(member_bank_code(109), "6290109000000000019", "沈丰禾")
WISH = {"creditor_account": OURS.account, "creditor_name": OURS.name, "amount": "88.00", "memo": "货款"}


class Port(Protocol):
    """The rail as payments needs it."""

    async def send(self, transfer: CreditTransfer) -> RailAnswer: ...
    async def query(self, message_id: str, end_to_end_id: str) -> RailAnswer: ...
    async def poll(self, after: str = "", *, limit: int = 50) -> RailMail: ...
    async def answer_credit(self, credit: CreditTransfer, *, reason_code: str | None = None) -> bool: ...


class Core:
    """The port over the simulator's core, without a socket or XML."""

    def __init__(self, desk: Desk) -> None:
        self._rail = desk.rail

    async def send(self, transfer: CreditTransfer) -> RailAnswer:
        return self._ask(transfer, transfer.message_id, transfer.end_to_end_id)

    async def query(self, message_id: str, end_to_end_id: str) -> RailAnswer:
        request = StatusRequest(uuid4().hex, AT, message_id, end_to_end_id)
        return self._ask(request, message_id, end_to_end_id)

    async def poll(self, after: str = "", *, limit: int = 50) -> RailMail:
        letters, cursor = self._rail.mail(OWN_CODE, after, limit)
        said = [letter.message for letter in letters]
        return RailMail(
            tuple(answer_from(m) for m in said if isinstance(m, StatusReport | Return)),
            tuple(m for m in said if isinstance(m, CreditTransfer)),
            0,
            cursor,
            more=len(said) >= limit,
        )

    async def answer_credit(self, credit: CreditTransfer, *, reason_code: str | None = None) -> bool:
        status = Status.REJECTED if reason_code else Status.SETTLED
        report = StatusReport("A", AT, credit.message_id, credit.end_to_end_id, status, reason_code)
        return self._rail.receive(Envelope(OWN_CODE, RAIL_CODE, report), AT) is Reply.TAKEN

    def _ask(self, message: Message, message_id: str, end_to_end_id: str) -> RailAnswer:
        reply = self._rail.receive(Envelope(OWN_CODE, RAIL_CODE, message), AT)
        if isinstance(reply, Envelope):
            assert isinstance(reply.message, StatusReport | Return)
            return answer_from(reply.message)
        why = {Reply.SILENCE: Why.NO_ANSWER, Reply.NOT_SEEN: Why.NOT_SEEN, Reply.CONFLICT: Why.CONFLICT}[
            reply
        ]
        return RailAnswer(RailState.UNKNOWN, end_to_end_id, message_id, why=why)


Rail = tuple[Port, Desk]


@pytest.fixture(params=["core", "socket"])
async def rail(request: pytest.FixtureRequest) -> AsyncIterator[Rail]:
    if request.param == "core":
        desk = Desk(code=RAIL_CODE, participant=OWN_CODE, rules=load_rules(), journal=None)
        yield Core(desk), desk
    else:
        app = build_app(OWN)
        async with line_to(app, PATH, failures_max=100) as (line, _):
            yield RailClient(line, own_code=OWN_CODE, rail_code=RAIL_CODE, now=lambda: AT), app.state.desk


def transfer_to(ending: str = "0000", name: str = "王小谷", bank: str = "899000000017") -> CreditTransfer:
    return CreditTransfer(
        message_id=uuid4().hex,
        end_to_end_id=uuid4().hex,
        fen=123_456,
        debtor=OURS,
        creditor=Party(bank, "623100000000" + ending, name),
        settle_on=date(2026, 3, 2),
        created_at=AT,
        memo="三月房租 & 水费 <两个月>",
    )


async def test_an_ordinary_transfer_is_accepted_and_no_mail_follows(rail: Rail) -> None:
    port, _ = rail
    sent = transfer_to()

    answer = await port.send(sent)

    assert (answer.state, answer.reason_code, answer.why) == (RailState.ACCEPTED, None, None)
    assert answer.original_end_to_end_id == sent.end_to_end_id
    assert (await port.poll()).answers == ()


@pytest.mark.parametrize(
    ("ending", "name", "bank", "reason"),
    [
        ("9001", "王小谷", "899000000017", "AC01"),
        ("9004", "王小谷", "899000000017", "AC04"),
        ("9006", "王小谷", "899000000017", "AC06"),
        ("9011", "王小谷", "899000000017", "BE01"),
        ("0000", "张某", "899000000017", "BE01"),
        ("0000", "王小谷", "999000000001", "RC01"),
    ],
)
async def test_a_transfer_that_cannot_arrive_is_rejected_with_its_reason(
    rail: Rail, ending: str, name: str, bank: str, reason: str
) -> None:
    port, _ = rail

    answer = await port.send(transfer_to(ending, name, bank))

    assert (answer.state, answer.reason_code) == (RailState.REJECTED, reason)


async def test_the_same_message_again_gets_the_same_answer_and_moves_once(rail: Rail) -> None:
    port, _ = rail
    sent = transfer_to("9101")

    answers = [await port.send(sent) for _ in range(3)]

    assert len({answer.message_id for answer in answers}) == 1
    assert {answer.state for answer in answers} == {RailState.ACCEPTED}
    assert [answer.state for answer in (await port.poll()).answers] == [RailState.RETURNED]


async def test_a_new_message_about_the_same_payment_moves_nothing_more(rail: Rail) -> None:
    port, _ = rail
    sent = transfer_to("9101")
    again = replace(sent, message_id=uuid4().hex)

    await port.send(sent)
    answer = await port.send(again)

    assert (answer.state, answer.original_message_id) == (RailState.ACCEPTED, again.message_id)
    assert len((await port.poll()).answers) == 1


async def test_other_contents_under_known_ids_are_a_conflict_never_an_outcome(rail: Rail) -> None:
    port, _ = rail
    sent = transfer_to()
    await port.send(sent)

    answer = await port.send(replace(sent, fen=sent.fen + 1))

    assert (answer.state, answer.why) == (RailState.UNKNOWN, Why.CONFLICT)
    assert (await port.send(sent)).state is RailState.ACCEPTED


async def test_accepted_money_may_come_back(rail: Rail) -> None:
    port, _ = rail
    sent = transfer_to("9101")

    first = await port.send(sent)
    (back,) = (await port.poll()).answers

    assert first.state is RailState.ACCEPTED
    assert (back.state, back.reason_code, back.returned_fen) == (RailState.RETURNED, "AC04", sent.fen)
    assert back.original_end_to_end_id == sent.end_to_end_id
    assert await port.query(sent.message_id, sent.end_to_end_id) == back


async def test_a_pending_transfer_is_settled_later(rail: Rail) -> None:
    port, _ = rail
    sent = transfer_to("9201")

    assert (await port.send(sent)).state is RailState.PENDING
    settled = await port.query(sent.message_id, sent.end_to_end_id)

    assert settled.state is RailState.ACCEPTED
    assert (await port.poll()).answers == (settled,)


@pytest.mark.parametrize(
    ("ending", "end", "reason"), [("9301", RailState.ACCEPTED, None), ("9302", RailState.REJECTED, "AC04")]
)
async def test_silence_is_unknown_until_asking_resolves_it(
    rail: Rail, ending: str, end: RailState, reason: str | None
) -> None:
    port, _ = rail
    sent = transfer_to(ending)

    silent = [await port.send(sent), await port.send(sent)]
    asked = [await port.query(sent.message_id, sent.end_to_end_id) for _ in range(3)]

    assert [(answer.state, answer.why) for answer in silent] == [(RailState.UNKNOWN, Why.NO_ANSWER)] * 2
    assert [answer.state for answer in asked] == [RailState.PENDING, end, end]
    assert asked[1].reason_code == reason
    assert [answer.message_id for answer in (await port.poll()).answers] == [asked[1].message_id]
    assert (await port.send(sent)).state is end


async def test_a_transfer_lost_on_the_way_is_not_seen_and_the_same_again_arrives(rail: Rail) -> None:
    port, _ = rail
    sent = transfer_to("9303")

    lost = await port.send(sent)
    asked = await port.query(sent.message_id, sent.end_to_end_id)
    again = await port.send(sent)

    assert (lost.state, lost.why) == (RailState.UNKNOWN, Why.NO_ANSWER)
    assert (asked.state, asked.why) == (RailState.UNKNOWN, Why.NOT_SEEN)
    assert again.state is RailState.ACCEPTED


async def test_money_from_outside_arrives_once_and_is_answered(rail: Rail) -> None:
    port, desk = rail
    pushed = desk.push(WISH | {"key": "inbound1"}, AT)
    desk.push(WISH | {"key": "inbound1"}, AT)

    mail = await port.poll()
    (credit,) = mail.credits

    assert (credit.fen, credit.creditor, credit.memo) == (8_800, OURS, "货款")
    assert (await port.poll(mail.cursor)).credits == ()
    assert await port.answer_credit(credit)
    assert await port.answer_credit(credit)
    report = desk.status(pushed.message_id)
    assert report is not None
    assert report.status is Status.SETTLED
    assert not await port.answer_credit(credit, reason_code="AC01")  # settled stays settled


async def test_money_for_nobody_is_rejected_with_a_reason(rail: Rail) -> None:
    port, desk = rail
    pushed = desk.push(WISH, AT)
    (credit,) = (await port.poll()).credits

    assert await port.answer_credit(credit, reason_code="AC01")

    report = desk.status(pushed.message_id)
    assert report is not None
    assert (report.status, report.reason_code) == (Status.REJECTED, "AC01")


async def test_mail_comes_in_pages_and_in_order(rail: Rail) -> None:
    port, desk = rail
    keys = [desk.push(WISH, AT).end_to_end_id for _ in range(5)]

    seen: list[str] = []
    cursor, more = "", True
    while more:
        mail = await port.poll(cursor, limit=2)
        seen += [credit.end_to_end_id for credit in mail.credits]
        cursor, more = mail.cursor, mail.more

    assert seen == keys


@pytest.mark.parametrize("outside", ["live"])
async def test_the_real_rail_has_not_seen_what_was_never_sent(outside: str) -> None:
    client = RailClient(Line(live_outside("rail")), own_code=OWN_CODE, rail_code=RAIL_CODE)
    try:
        answer = await client.query(uuid4().hex, uuid4().hex)
        assert (answer.state, answer.why) == (RailState.UNKNOWN, Why.NOT_SEEN)
    finally:
        await client.aclose()

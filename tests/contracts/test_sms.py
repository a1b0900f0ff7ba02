"""What access and party may rely on of the text message gateway, whoever stands behind the port."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from fengshou import access
from fengshou.access import SmsPort
from fengshou.adapters.sms import Receipt, ReceiptState, SmsAnswer, SmsClient
from fengshou.adapters.sms.server import PATH, build_app, load_gateway
from fengshou.adapters.sms.simulator import Gateway
from fengshou.adapters.wire import Line
from tests.adapters.lines import OWN, line_to, outside
from tests.contracts.conftest import live_outside

PHONE = "13900001234"
TEXT = "【丰收】您的验证码是 482913，5 分钟内有效。"


class Core:
    """The port over the simulator's core, without a socket."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def send(self, phone: str, text: str, *, message_id: UUID) -> SmsAnswer:
        outcome = self._gateway.take(str(message_id), phone, text, datetime.now(UTC))
        return {"silent": SmsAnswer.UNKNOWN, "refused": SmsAnswer.REFUSED}.get(outcome, SmsAnswer.ACCEPTED)

    async def receipts(self, after: str = "", *, limit: int = 100) -> tuple[list[Receipt], str]:
        rows, cursor = self._gateway.receipts(after, limit)
        told = [
            Receipt(row["message_id"], ReceiptState(row["state"].lower()), datetime.fromisoformat(row["at"]))
            for row in rows
        ]
        return told, cursor


Gate = tuple[Core | SmsClient, Gateway]


@pytest.fixture(params=["core", "socket"])
async def gate(request: pytest.FixtureRequest) -> AsyncIterator[Gate]:
    gateway = load_gateway()
    if request.param == "core":
        yield Core(gateway), gateway
    else:
        async with line_to(build_app(OWN, gateway=gateway), PATH, failures_max=100) as (line, _):
            yield SmsClient(line), gateway


def test_the_client_fits_access_s_port() -> None:
    port: SmsPort = SmsClient(Line(outside("http://127.0.0.1:1")))  # mypy is the judge of the shape

    assert {answer.value for answer in SmsAnswer} == {answer.value for answer in access.SmsAnswer}
    assert callable(port.send)


async def test_a_message_is_taken_and_lies_in_the_inbox(gate: Gate) -> None:
    port, gateway = gate

    assert await port.send(PHONE, TEXT, message_id=uuid4()) is SmsAnswer.ACCEPTED

    assert [letter.text for letter in gateway.inbox(PHONE)] == [TEXT]


async def test_the_same_message_handed_over_twice_arrives_once(gate: Gate) -> None:
    port, gateway = gate
    once = uuid4()

    answers = [await port.send(PHONE, TEXT, message_id=once) for _ in range(2)]

    assert answers == [SmsAnswer.ACCEPTED, SmsAnswer.ACCEPTED]
    assert len(gateway.inbox(PHONE)) == 1


@pytest.mark.parametrize(
    "phone", ["17000000001", "1390000123", "23900001234", "１３９００００１２３４", "+8613900001234"]
)
async def test_a_number_that_takes_no_messages_is_refused(gate: Gate, phone: str) -> None:
    port, gateway = gate

    assert await port.send(phone, TEXT, message_id=uuid4()) is SmsAnswer.REFUSED

    assert gateway.inbox() == []
    assert (await port.receipts())[0] == []


async def test_silence_is_unknown_not_refused(gate: Gate) -> None:
    port, gateway = gate

    assert await port.send("17000000003", TEXT, message_id=uuid4()) is SmsAnswer.UNKNOWN

    assert len(gateway.inbox("17000000003")) == 1  # it did arrive: the reason why nobody calls it failed


async def test_receipts_tell_each_fate_once(gate: Gate) -> None:
    port, _ = gate
    arrived, lost = uuid4(), uuid4()
    await port.send(PHONE, TEXT, message_id=arrived)
    await port.send("17000000002", TEXT, message_id=lost)

    first, cursor = await port.receipts(limit=1)
    rest, end = await port.receipts(cursor)

    assert [(r.message_id, r.state) for r in first + rest] == [
        (str(arrived), ReceiptState.DELIVERED),
        (str(lost), ReceiptState.UNDELIVERABLE),
    ]
    assert await port.receipts(end) == ([], end)


@pytest.mark.parametrize("outside", ["live"])
async def test_the_real_gateway_refuses_an_impossible_number(outside: str) -> None:
    client = SmsClient(Line(live_outside("sms")))
    try:
        assert await client.send("1", TEXT, message_id=uuid4()) is SmsAnswer.REFUSED
    finally:
        await client.aclose()

"""The client when the other end misbehaves: whatever happens, it is unknown and says why."""

import socket
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fengshou.adapters.rail import CreditTransfer, Party, RailClient, RailState, Why, codec
from fengshou.adapters.rail.mapping import to_xml
from fengshou.adapters.rail.messages import Envelope, Message, Status, StatusReport, StatusRequest
from fengshou.adapters.rail.server import OWN_CODE, PATH, RAIL_CODE, build_app
from fengshou.adapters.wire import Line
from tests.adapters.lines import line_to, outside

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
TRANSFER = CreditTransfer(
    "m1",
    "e1",
    100,
    Party("898010900000", "6290109000000000019", "沈丰禾"),
    Party("899000000017", "6231000000000000", "王小谷"),
    date(2026, 3, 2),
    AT,
)


class Liar:
    """A rail that answers what each test puts into its mouth."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.heard = 0
        self.app = Starlette(routes=[Route("/messages", self._answer, methods=["POST", "GET"])])

    async def _answer(self, _: Request) -> Response:
        self.heard += 1
        return Response(self.body, status_code=self.status)


@pytest.fixture
def liar() -> Liar:
    return Liar()


@pytest.fixture
async def client(liar: Liar) -> AsyncIterator[RailClient]:
    async with line_to(liar.app, "/rail") as (line, _):
        yield RailClient(line, own_code=OWN_CODE, rail_code=RAIL_CODE, now=lambda: AT)


def letter(message: Message) -> bytes:
    return codec.to_bytes(to_xml(Envelope(RAIL_CODE, OWN_CODE, message)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"<accepted/>",
        letter(TRANSFER),
        letter(StatusReport("s", AT, "m1", "another", Status.SETTLED)),
        letter(StatusReport("s", AT, "another", "e1", Status.SETTLED)),
        letter(StatusReport("s", AT, "m1", "e1", Status.REJECTED)),
    ],
)
async def test_an_answer_that_is_not_on_the_form_is_unknown(
    client: RailClient, liar: Liar, body: bytes
) -> None:
    liar.body = body

    answer = await client.send(TRANSFER)

    assert (answer.state, answer.why) == (RailState.UNKNOWN, Why.UNREADABLE)


@pytest.mark.parametrize(
    ("status", "why"),
    [(400, Why.REFUSED), (401, Why.REFUSED), (204, Why.REFUSED), (302, Why.REFUSED), (404, Why.NOT_SEEN)],
)
async def test_even_a_refusal_to_read_it_moves_nothing_by_itself(
    client: RailClient, liar: Liar, status: int, why: Why
) -> None:
    liar.status = status

    answer = await client.send(TRANSFER)

    assert (answer.state, answer.why) == (RailState.UNKNOWN, why)


async def test_a_transfer_that_may_have_arrived_is_not_sent_again_but_a_question_is(
    client: RailClient, liar: Liar
) -> None:
    liar.status = 503

    assert (await client.send(TRANSFER)).why is Why.NO_ANSWER
    assert liar.heard == 1
    assert (await client.query("m1", "e1")).why is Why.NO_ANSWER
    assert liar.heard == 3


async def test_only_a_rail_that_nobody_reached_has_surely_not_got_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    line = Line(outside(f"http://127.0.0.1:{port}"))
    client = RailClient(line, own_code=OWN_CODE, rail_code=RAIL_CODE)
    try:
        assert (await client.send(TRANSFER)).why is Why.NOT_SENT
        # About an earlier sending that says nothing: it stays "no answer".
        assert (await client.query("m1", "e1")).why is Why.NO_ANSWER
        assert await client.poll("a.1") == await client.poll("a.1")
        assert (await client.poll("a.1")).cursor == "a.1"
        assert not await client.answer_credit(TRANSFER)
    finally:
        await client.aclose()


async def test_a_transfer_that_does_not_fit_never_leaves(client: RailClient, liar: Liar) -> None:
    with pytest.raises(codec.BadMessage):
        await client.send(CreditTransfer("m 1", "e1", 1, TRANSFER.debtor, TRANSFER.creditor, AT.date(), AT))

    assert liar.heard == 0


async def test_one_unreadable_letter_does_not_hold_up_the_mail(client: RailClient, liar: Liar) -> None:
    good = to_xml(Envelope(RAIL_CODE, OWN_CODE, TRANSFER))
    question = to_xml(Envelope(RAIL_CODE, OWN_CODE, StatusRequest("q", AT, "m1", "e1")))
    bad = to_xml(Envelope(RAIL_CODE, OWN_CODE, TRANSFER))
    bad.remove(bad[1])
    liar.body = codec.to_bytes(codec.bind([bad, question, good], "a.3"))

    mail = await client.poll("a.0")

    assert (mail.credits, mail.unreadable, mail.cursor) == ((TRANSFER,), 2, "a.3")


@pytest.mark.parametrize(("status", "body"), [(200, b"<Batch/>"), (200, b"{}"), (404, b""), (503, b"")])
async def test_mail_that_cannot_be_opened_is_asked_for_again(
    client: RailClient, liar: Liar, status: int, body: bytes
) -> None:
    liar.status, liar.body = status, body

    mail = await client.poll("a.7")

    assert (mail.answers, mail.credits, mail.cursor, mail.more) == ((), (), "a.7", False)


async def test_signed_with_another_key_nothing_is_taken() -> None:
    from fengshou.adapters.wire import Credentials

    app = build_app(Credentials("fengshou-test", b"the rail expects another secret"))
    async with line_to(app, PATH) as (line, _):
        answer = await RailClient(line, own_code=OWN_CODE, rail_code=RAIL_CODE).send(TRANSFER)

    assert (answer.state, answer.why) == (RailState.UNKNOWN, Why.REFUSED)
    assert app.state.desk.mail("", 10)[0] == []

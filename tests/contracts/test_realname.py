"""What party may rely on of the real-name register, whoever stands behind the port."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from fengshou import party
from fengshou.adapters.realname import RealNameAnswer, RealNameClient, RealNameResult
from fengshou.adapters.realname.server import PATH, build_app, load_register
from fengshou.adapters.realname.simulator import evidence_no
from fengshou.adapters.wire import Line
from fengshou.party import RealNamePort
from tests.adapters.lines import OWN, line_to, outside
from tests.contracts.conftest import live_outside

KNOWN = ("沈丰禾", "330109199003071235")


class Core:
    """The port over the simulator's core, without a socket."""

    def __init__(self) -> None:
        self._register = load_register()

    async def verify(self, name: str, id_number: str, *, request_id: UUID) -> RealNameAnswer:
        outcome = self._register.look_up(name, id_number)
        if outcome in ("UNAVAILABLE", "SILENT"):
            return RealNameAnswer(RealNameResult.UNAVAILABLE, "", datetime.now(UTC))
        result = RealNameResult(outcome.lower())
        return RealNameAnswer(result, evidence_no(str(request_id), outcome), datetime.now(UTC))


@pytest.fixture(params=["core", "socket", "live"])
async def register(request: pytest.FixtureRequest) -> AsyncIterator[Core | RealNameClient]:
    if request.param == "core":
        yield Core()
    elif request.param == "live":
        client = RealNameClient(Line(live_outside("realname")))
        yield client
        await client.aclose()
    else:
        async with line_to(build_app(OWN), PATH, failures_max=100) as (line, _):
            yield RealNameClient(line)


def test_the_client_fits_party_s_port() -> None:
    port: RealNamePort = RealNameClient(Line(outside("http://127.0.0.1:1")))  # mypy is the judge of the shape

    assert {result.value for result in RealNameResult} == {result.value for result in party.RealNameResult}
    assert callable(port.verify)


async def test_a_person_under_their_own_name_matches_with_evidence(register: Core | RealNameClient) -> None:
    answer = await register.verify(*KNOWN, request_id=uuid4())

    assert answer.result is RealNameResult.MATCH
    assert answer.evidence_no
    assert answer.at.tzinfo is not None


async def test_another_name_under_the_number_does_not_match(register: Core | RealNameClient) -> None:
    answer = await register.verify("李四", KNOWN[1], request_id=uuid4())

    assert answer.result is RealNameResult.MISMATCH


@pytest.mark.parametrize(
    "number", ["330109199003071236", "33010919900307123X", "", "３３０１０９１９９００３０７１２３５"]
)
async def test_a_number_that_cannot_be_is_never_a_match(register: Core | RealNameClient, number: str) -> None:
    answer = await register.verify(KNOWN[0], number, request_id=uuid4())

    assert answer.result in (RealNameResult.NOT_FOUND, RealNameResult.UNAVAILABLE)


async def test_the_same_question_has_the_same_evidence(register: Core | RealNameClient) -> None:
    asked = uuid4()

    first = await register.verify(*KNOWN, request_id=asked)
    again = await register.verify(*KNOWN, request_id=asked)
    other = await register.verify(*KNOWN, request_id=uuid4())

    assert first.evidence_no == again.evidence_no != other.evidence_no


@pytest.mark.parametrize(
    ("order_code", "result"),
    [
        ("999", RealNameResult.NOT_FOUND),
        ("998", RealNameResult.MISMATCH),
        ("997", RealNameResult.UNAVAILABLE),
        ("996", RealNameResult.UNAVAILABLE),
        ("124", RealNameResult.MATCH),
    ],
)
async def test_every_answer_of_the_register_is_told_apart(
    register: Core | RealNameClient, order_code: str, result: RealNameResult, request: pytest.FixtureRequest
) -> None:
    if request.node.callspec.params["register"] == "live":
        pytest.skip("only the simulator chooses its answer by the number")

    answer = await register.verify("王小谷", numbered(order_code), request_id=uuid4())

    assert answer.result is result
    assert bool(answer.evidence_no) is (result is not RealNameResult.UNAVAILABLE)


def numbered(order_code: str) -> str:
    """An identity number with this order code and a right check digit."""
    body = "33010919900307" + order_code
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]

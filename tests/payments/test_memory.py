"""The minute's memory: right answers, no refusals, no growth without end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fengshou.kernel import Clock, Missing
from fengshou.payments import memory
from fengshou.payments.memory import Memory


class Oracle:
    """Counts how often it is asked."""

    def __init__(self, *answers: object) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self) -> object:
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_it_asks_once_a_minute() -> None:
    clock, oracle = Clock(), Oracle("first", "second")
    kept = Memory(clock)

    assert [await kept.recall("q", oracle) for _ in range(3)] == ["first"] * 3
    clock.shift(memory.KEPT_FOR + timedelta(seconds=1))
    assert await kept.recall("q", oracle) == "second"
    assert oracle.asked == 2


async def test_a_refusal_and_what_keep_turns_down_are_asked_again() -> None:
    kept, oracle = Memory(Clock()), Oracle(Missing(), "no", "yes", "never")

    with pytest.raises(Missing):
        await kept.recall("q", oracle, keep=lambda answer: answer == "yes")
    said = [await kept.recall("q", oracle, keep=lambda answer: answer == "yes") for _ in range(3)]

    assert said == ["no", "yes", "yes"]


async def test_the_oldest_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 2)
    kept, oracle = Memory(Clock()), Oracle(1, 2, 3, 4)

    for question in "abc":
        await kept.recall(question, oracle)

    assert await kept.recall("c", oracle) == 3
    assert await kept.recall("a", oracle) == 4

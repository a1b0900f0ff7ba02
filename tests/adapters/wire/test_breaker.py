"""The breaker: opens after failures in a row, tries one call after a while, closes on success."""

from fengshou.adapters.wire import Breaker, BreakerState


class Hand:
    """A clock one sets by hand."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def broken() -> tuple[Breaker, Hand]:
    clock = Hand()
    breaker = Breaker(failures_max=3, open_s=10, now=clock)
    for _ in range(3):
        assert breaker.admit()
        breaker.failed()
    return breaker, clock


def test_failures_in_a_row_open_it() -> None:
    breaker, _ = broken()

    assert breaker.state is BreakerState.OPEN
    assert not breaker.admit()


def test_a_success_between_failures_keeps_it_closed() -> None:
    breaker = Breaker(failures_max=2, open_s=10, now=Hand())

    for _ in range(5):
        breaker.failed()
        breaker.succeeded()

    assert breaker.state is BreakerState.CLOSED
    assert breaker.admit()


def test_after_a_while_exactly_one_call_tries() -> None:
    breaker, clock = broken()
    clock.s = 9.9
    assert not breaker.admit()

    clock.s = 10

    assert [breaker.admit() for _ in range(3)] == [True, False, False]
    assert breaker.state is BreakerState.HALF_OPEN


def test_a_trial_that_succeeds_closes_it() -> None:
    breaker, clock = broken()
    clock.s = 10
    breaker.admit()

    breaker.succeeded()

    assert breaker.state is BreakerState.CLOSED
    assert [breaker.admit() for _ in range(3)] == [True, True, True]


def test_a_trial_that_fails_opens_it_for_the_whole_time_again() -> None:
    breaker, clock = broken()
    clock.s = 10
    breaker.admit()

    breaker.failed()

    clock.s = 19.9
    assert not breaker.admit()
    clock.s = 20
    assert breaker.admit()


def test_a_trial_that_was_given_up_lets_the_next_one_try() -> None:
    breaker, clock = broken()
    clock.s = 10
    breaker.admit()

    breaker.dropped()

    assert breaker.admit()

"""State machines of archetypes, as data: what may be done in which state, by whom, and where it leads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias
from uuid import UUID

from fengshou.kernel import BankError, Kind
from fengshou.services.forms import FormField
from fengshou.services.ports import Operation

Who: TypeAlias = Literal["customer", "clerk", "partner", "system"]
Way: TypeAlias = Literal["phone", "branch", "kiosk", "home"]
Facts: TypeAlias = Mapping[str, Any]

BEGIN = "begin"
NOWHERE = ""
"""The state before the first."""
CONFIRMING = "confirming"
"""The state in which payments is given a run's order, by the customer who proves it."""


class ActUnknown(BankError):
    """No such act of this kind of service."""

    code = "SERVICES.ACT_UNKNOWN"
    kind = Kind.INVALID
    zh = "没有这个操作"
    en = "There is no such act."


class NotNow(BankError):
    """The run is past the point where this can be done, or not there yet."""

    code = "SERVICES.NOT_NOW"
    kind = Kind.CONFLICT
    zh = "现在不能这样做，事情已经有了新进展。请刷新看看"
    en = "This cannot be done now: things have moved on. Please look again."


class NotYours(BankError):
    """Somebody else's to do."""

    code = "SERVICES.NOT_YOURS"
    zh = "这一步要由别人来办"
    en = "This step is for somebody else to do."


@dataclass(frozen=True, slots=True)
class Tell:
    """A message to the customer; `kind` names its text."""

    kind: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A call to the provider. What it says comes back as the act `then` of the run.

    under  the number of the run's earlier change whose key it goes under: to ask about that call, or to make it again
    """

    operation: Operation
    then: str
    params: Facts = field(default_factory=dict)
    under: int | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """An act of the system's at an instant, unless the run has moved on by then."""

    act: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """Ask payments what became of the run's order; it comes back as the act `order`."""


Effect: TypeAlias = Tell | Ask | Later | Look


@dataclass(frozen=True, slots=True)
class Act:
    """Something somebody wants done with a run. `key` makes it happen once; `body` is what they sent; `roles` are a
    clerk's.
    """

    name: str
    key: UUID
    who: Who
    who_id: UUID
    at: datetime
    body: Facts = field(default_factory=dict, repr=False)
    way: Way = "phone"
    place: str = ""
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands. `form` is personal; `facts` are not."""

    id: UUID
    bank: int
    service: str
    release: str
    state: str
    version: int
    customer: UUID
    form: Facts = field(repr=False)
    facts: Facts
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What an act makes of a run: patches over form and facts (None takes a name away), and what follows."""

    form: Facts = field(default_factory=dict, repr=False)
    facts: Facts = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    to: str | None = None


class Defined(Protocol):
    """What a machine needs of a definition. `section`: what its archetype adds; `mendable`: its fields and papers."""

    @property
    def topic(self) -> str: ...
    @property
    def limit_days(self) -> int: ...
    @property
    def ways(self) -> tuple[Way, ...]: ...
    @property
    def mendable(self) -> frozenset[str]: ...
    @property
    def section(self) -> Any: ...

    def checked(self, sent: Facts, act: Act) -> dict[str, Any]:
        """The form as it is kept. Raises `FormWrong`, `MaterialMissing`, `NotEligible`."""
        ...


class Written(Protocol):
    """What an archetype's linter reads of a definition: the form's fields, and its own section."""

    @property
    def form(self) -> tuple[FormField, ...]: ...
    @property
    def tells(self) -> tuple[str, ...]: ...
    @property
    def section(self) -> Any: ...


Decide: TypeAlias = Callable[[Defined, Run, Act], Change]


@dataclass(frozen=True, slots=True)
class Step:
    """One way from a state to another. `decide` may refuse by raising, and may name another of `also` as the end."""

    act: str
    of: frozenset[str]
    to: str
    who: frozenset[Who]
    decide: Decide | None = None
    also: frozenset[str] = frozenset()


def step(act: str, of: str, to: str, who: str, decide: Decide | None = None, also: str = "") -> Step:
    """A step in short: states and people as words with blanks between."""
    people: frozenset[Any] = frozenset(who.split())
    return Step(
        act,
        frozenset(of.split()) if of else frozenset({NOWHERE}),
        to,
        people,
        decide,
        frozenset(also.split()),
    )


class Machine:
    """The steps of an archetype, checked when it is made."""

    def __init__(self, name: str, steps: Iterable[Step], *, final: str) -> None:
        self.name, self.steps = name, tuple(steps)
        self.final = frozenset(final.split())
        self._by: dict[tuple[str, str], Step] = {}
        for one in self.steps:
            for state in one.of:
                assert (one.act, state) not in self._by, f"{name}: {one.act} of {state} twice"
                self._by[one.act, state] = one
        self.acts = frozenset(one.act for one in self.steps)
        self.states = frozenset({NOWHERE}).union(*({*one.of, one.to, *one.also} for one in self.steps))
        assert not any(state in self.final for _, state in self._by), (
            f"{name}: something can be done after the end"
        )
        assert self._reached() == self.states, f"{name}: {self.states - self._reached()} cannot be reached"
        assert self._ends() == self.states, f"{name}: {self.states - self._ends()} never end"

    def decide(self, definition: Defined, run: Run, act: Act) -> tuple[str, Change]:
        """Where the act leads and what changes. Raises `ActUnknown`, `NotNow`, `NotYours`, or the step's refusal."""
        if act.name not in self.acts:
            raise ActUnknown(act=act.name)
        found = self._by.get((act.name, run.state))
        if found is None:
            raise NotNow(act=act.name, state=run.state)
        if act.who not in found.who:
            raise NotYours(act=act.name)
        change = found.decide(definition, run, act) if found.decide else Change()
        to = change.to or found.to
        assert to == found.to or to in found.also, f"{self.name}: {act.name} may not end in {to}"
        return to, change

    def open_acts(self, state: str, who: Who) -> tuple[str, ...]:
        """What `who` may do now, in the order the steps are written."""
        return tuple(one.act for one in self.steps if state in one.of and who in one.who)

    def _reached(self) -> frozenset[str]:
        found, new = {NOWHERE}, {NOWHERE}
        while new:
            new = {end for one in self.steps if one.of & new for end in (one.to, *one.also)} - found
            found |= new
        return frozenset(found)

    def _ends(self) -> frozenset[str]:
        found = set(self.final)
        while more := {s for one in self.steps if found & {one.to, *one.also} for s in one.of} - found:
            found |= more
        return frozenset(found)

"""What an author writes: a service whole, in 10 to 40 lines of YAML.

It holds what people read in both languages, what they fill in and bring, who may, what it costs and how long it
takes, who stands behind it, what comes out, how it is undone, and three runs to try it by: one that goes well and two
that must not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, model_validator

from fengshou.catalog import Content, Kind, See, Words
from fengshou.kernel import BankError, day_of
from fengshou.kernel import Kind as ErrorKind
from fengshou.pages import ExpressionError, evaluate, names_of
from fengshou.services.archetypes import ARCHETYPES
from fengshou.services.archetypes.apply import ApplySpec
from fengshou.services.archetypes.assist import AssistSpec
from fengshou.services.archetypes.bill import BillSpec
from fengshou.services.archetypes.cert import CertSpec
from fengshou.services.archetypes.feed import FeedSpec
from fengshou.services.archetypes.mandate import MandateSpec
from fengshou.services.archetypes.map import MapSpec
from fengshou.services.archetypes.paycode import PaycodeSpec
from fengshou.services.archetypes.presence import PresenceSpec
from fengshou.services.archetypes.query import QuerySpec
from fengshou.services.archetypes.reward import RewardSpec
from fengshou.services.archetypes.setting import SettingSpec
from fengshou.services.archetypes.survey import SurveySpec
from fengshou.services.archetypes.task import TaskSpec
from fengshou.services.archetypes.ticket import TicketSpec
from fengshou.services.archetypes.topup import TopupSpec
from fengshou.services.archetypes.trade import TradeSpec
from fengshou.services.archetypes.transfer import TransferSpec
from fengshou.services.forms import FormField, check_form
from fengshou.services.machine import Act, Facts, Machine, Way
from fengshou.services.providers import OWN

Need: TypeAlias = Literal["birth", "school", "work", "home", "health", "travel", "business", "age"]
Cloud: TypeAlias = Literal[
    "government", "social", "insurance", "medical", "transport", "merchant", "community", "park", "campus"
]


_FIELDS: Mapping[str, tuple[str, ...]] = {
    "setting": ("field",),
    "presence": ("door", "holder", "hours", "starts"),
    "bill": ("account",),
    "topup": ("account", "amount"),
    "feed": ("item",),
    "survey": ("counts",),
    "map": ("near", "lat", "lon", "open_only"),
    "mandate": ("amount",),
    "paycode": ("code", "amount"),
    "trade": ("amount", "bears"),
    "transfer": ("amount", "to_number", "to_name", "to_bank", "from_account", "memo"),
}
"""What of an archetype's section names a field of the form."""


class NotEligible(BankError):
    """A condition of the service is not met; nothing was begun."""

    code = "SERVICES.NOT_ELIGIBLE"
    zh = "{say_zh}"
    en = "{say_en}"


class MaterialMissing(BankError):
    """A paper that must come along does not."""

    code = "SERVICES.MATERIAL_MISSING"
    kind = ErrorKind.INVALID
    zh = "还缺一份材料：{name_zh}"
    en = "A paper is missing: {name_en}."


class Material(Content):
    """A paper: uploaded, taken from an e-certificate, or known to the office already."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: Words
    source: Literal["upload", "certificate", "shared"] = "upload"
    required: bool = True
    when: str | None = Field(default=None, max_length=600)


class Gate(Content):
    """A row of the decision table: who does not pass is told why."""

    test: str = Field(max_length=600)
    say: Words


class Behind(Content):
    """Who is asked: a system, and what of it. `desk` is our own staff."""

    system: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    topic: str = Field(default="", max_length=80)


class Sample(Content):
    """A run to try the service by. `ends` for one that goes well, `refused` (an error's code) for one that must not."""

    form: dict[str, Any]
    materials: tuple[str, ...] = ()
    me: dict[str, Any] = Field(default_factory=dict)
    ends: str | None = None
    refused: str | None = None
    field: str | None = None


class Definition(Content):
    """A service. Texts in both languages are all required: one that lacks them does not publish.

    level       assurance the act takes (0 to 5)
    tells       what of the customer the provider is told, by the consent that is asked before it begins
    limit_days  in how many days it is done
    reversal    how it is undone, in words for the customer
    """

    key: str = Field(pattern=r"^[a-z0-9]+(?:\.[a-z0-9_]+){1,5}$")
    archetype: str
    name: Words
    about: Words
    cloud: Cloud
    needs: tuple[Need, ...] = Field(min_length=1)
    words: tuple[str, ...] = ()
    icon: str = "doc"
    ways: tuple[Way, ...] = ("phone",)
    audience: tuple[Literal["standard", "elder"], ...] = ("standard", "elder")
    level: int = Field(default=1, ge=0, le=5)
    behind: Behind
    tells: tuple[Literal["name", "id_number", "phone"], ...] = ()
    form: tuple[FormField, ...] = Field(default=(), max_length=60)
    materials: tuple[Material, ...] = ()
    eligibility: tuple[Gate, ...] = ()
    fee_fen: int = Field(default=0, ge=0, le=10**9)
    limit_days: int = Field(default=1, ge=1, le=730)
    outcome: Words
    receipt: Words
    reversal: Words
    good: Sample
    bad: tuple[Sample, Sample]
    query: QuerySpec | None = None
    apply: ApplySpec | None = None
    ticket: TicketSpec | None = None
    setting: SettingSpec | None = None
    presence: PresenceSpec | None = None
    task: TaskSpec | None = None
    assist: AssistSpec | None = None
    reward: RewardSpec | None = None
    transfer: TransferSpec | None = None
    trade: TradeSpec | None = None
    paycode: PaycodeSpec | None = None
    mandate: MandateSpec | None = None
    bill: BillSpec | None = None
    topup: TopupSpec | None = None
    cert: CertSpec | None = None
    feed: FeedSpec | None = None
    map: MapSpec | None = None
    survey: SurveySpec | None = None

    @property
    def topic(self) -> str:
        """What of its provider it asks for."""
        return self.behind.topic

    @property
    def section(self) -> Any:
        """What its archetype adds."""
        return getattr(self, self.archetype)

    @property
    def for_staff(self) -> bool:
        """Whether it is begun by staff alone, and is not shown to customers."""
        return ARCHETYPES[self.archetype].begun_by == "clerk"

    @property
    def mendable(self) -> frozenset[str]:
        """What can be sent back for mending: fields and papers, by name."""
        return frozenset({field.name for field in self.form} | {paper.name for paper in self.materials})

    @property
    def machine(self) -> Machine:
        """The steps its runs go through."""
        return ARCHETYPES[self.archetype].machine

    def stops(self, me: Facts, today: date) -> list[Words]:
        """What already stands in the way of somebody, before they write a word."""
        scope = {"form": {}, "me": dict(me), "today": today.isoformat()}
        about = [
            gate for gate in self.eligibility if not any(n.startswith("form") for n in names_of(gate.test))
        ]
        return [gate.say for gate in about if not evaluate(gate.test, scope)]

    def checked(self, sent: Facts, act: Act) -> dict[str, Any]:
        """The form as it is kept. Raises `FormWrong`, `NotEligible`, `MaterialMissing`."""
        me: Mapping[str, Any] = act.body.get("me", {})
        today = day_of(act.at)
        kept = check_form(self.form, sent, me, today)
        scope = {"form": kept, "me": dict(me), "today": today.isoformat()}
        for gate in self.eligibility:
            if not evaluate(gate.test, scope):
                raise NotEligible(say_zh=gate.say.zh, say_en=gate.say.en)
        given = set(act.body.get("materials", ()))
        for material in self.materials:
            stands = material.when is None or evaluate(material.when, scope)
            if stands and material.required and material.source == "upload" and material.name not in given:
                raise MaterialMissing(
                    material=material.name, name_zh=material.label.zh, name_en=material.label.en
                )
        return kept

    @model_validator(mode="after")
    def _whole(self) -> Definition:
        for problem in (*self._own_section(), *self._named_once(), *self._expressions(), *self._samples()):
            raise ValueError(problem)
        return self

    def _own_section(self) -> Iterator[str]:
        if self.archetype not in ARCHETYPES:
            yield f"`archetype: {self.archetype}` is not known; take one of {', '.join(sorted(ARCHETYPES))}"
            return
        for name in ARCHETYPES:
            has = getattr(self, name) is not None
            if name == self.archetype and not has:
                yield f"has no `{name}:` section, which says what only a {name} has; add it"
            if name != self.archetype and has:
                yield f"has a `{name}:` section but is of archetype {self.archetype}; remove it"

        if self.apply is not None and (self.behind.system == OWN) != bool(self.apply.stages):
            yield "`apply.stages` stand where our own desk handles it (`behind: {system: desk}`), and nowhere else"

        for said, wanted in self._fields_named():
            if wanted is not None and wanted not in {field.name for field in self.form}:
                yield f"`{said}: {wanted}` is no field of the form; name one of its fields"

        if self.section is not None:
            yield from ARCHETYPES[self.archetype].lint(self)

    def _fields_named(self) -> Iterator[tuple[str, str | None]]:
        """Where the archetype's section names fields of the form."""
        for said in _FIELDS.get(self.archetype, ()) if self.section is not None else ():
            yield f"{self.archetype}.{said}", getattr(self.section, said)

    def _named_once(self) -> Iterator[str]:
        names = [field.name for field in self.form]
        if twice := next((name for name in names if names.count(name) > 1), None):
            yield f"the form has two fields `{twice}`; rename one"
        papers = [material.name for material in self.materials]
        if twice := next((name for name in papers if papers.count(name) > 1), None):
            yield f"the material `{twice}` stands twice; remove one"

    def _expressions(self) -> Iterator[str]:
        for text in (
            *(gate.test for gate in self.eligibility), *(paper.when for paper in self.materials if paper.when)
        ):  # fmt: skip
            try:
                strange = {name.partition(".")[0] for name in names_of(text)} - {"form", "me", "today"}
            except ExpressionError as wrong:
                yield f"`{text}` is no expression: {wrong}"
                continue
            if strange:
                yield f"`{text}` reads `{min(strange)}`; conditions know form, me and today"

    def _samples(self) -> Iterator[str]:
        if self.good.refused or not self.good.ends:
            yield "`good` is a run that goes well: say in `ends` in which state"
        elif self.good.ends not in self.machine.states:
            yield f"`good.ends: {self.good.ends}` is no state of a {self.archetype}; see docs/guides/add-a-service.md"
        for sample in self.bad:
            if not sample.refused:
                yield "each `bad` run says in `refused` with which error it is turned away"
        yield from self._tried()

    def _tried(self) -> Iterator[str]:
        """What can be tried without anybody behind it: the form, the gates, the materials."""
        for name, sample in (("good", self.good), ("bad[0]", self.bad[0]), ("bad[1]", self.bad[1])):
            said = self._try(sample)
            if said is None and sample.refused and sample.refused.startswith(("SERVICES.FORM", "SERVICES.NOT_E",
                                                                             "SERVICES.MAT")):  # fmt: skip
                yield f"`{name}` should be turned away with {sample.refused}, and is not"
            elif said is not None and said.code != sample.refused:
                wanted = sample.refused or "nothing"
                yield f"`{name}` is turned away with {said.code} ({said.messages['en']}) where {wanted} is written"
            elif said is not None and sample.field and said.facts.get("field") != sample.field:
                yield f"`{name}` is turned away at `{said.facts.get('field')}` where `{sample.field}` is written"

    def _try(self, sample: Sample) -> BankError | None:
        act = _sample_act(sample)
        try:
            self.checked(sample.form, act)
        except BankError as refusal:
            return refusal
        return None


def _sample_act(sample: Sample) -> Act:
    nobody = UUID(int=0)
    at = datetime(2026, 11, 24, tzinfo=UTC)
    return Act("begin", nobody, "customer", nobody, at, {"me": sample.me, "materials": sample.materials})


def _unique(all_of_them: dict[str, Any], see: See) -> Iterator[tuple[str, str]]:
    """Two services of one name are one to who reads them."""
    seen: dict[tuple[str, str], str] = {}
    for key, one in all_of_them.items():
        other = seen.setdefault((one.cloud, one.name.zh), key)
        if other != key:
            yield key, f"is called `{one.name.zh}`, as is {other}; define it once, or tell them apart"


SERVICE = Kind("service", ("services/**.yaml", "services/*.yaml", "services/*/*.yaml"), model=Definition,
               checks=(_unique,))  # fmt: skip

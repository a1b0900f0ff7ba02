"""presence (考勤门禁): a pass for doors that verify it by themselves, or being somewhere in time.

A pass is granted by the provider, shown as a code of the moment, used up, called back or over; what its doors saw comes
back to it, days later too, when their line was down. Attendance is expected within hours at a place; late, absent and
elsewhere can be explained, and somebody at the desk corrects it or not.
"""

from __future__ import annotations

import math
from datetime import datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from fengshou.catalog import Content, Words
from fengshou.kernel import BankError, Kind
from fengshou.services import handling
from fengshou.services.machine import BEGIN, Act, Ask, Change, Defined, Facts, Later, Machine, Run, Tell, step

_ZONE = ZoneInfo("Asia/Shanghai")
_EARTH_M = 6_371_000
_LOG_FOR = timedelta(days=7)  # doors that were cut off tell later what they saw
_DAYS_MOST = 180


class PeriodWrong(BankError):
    """The time asked for is over, or too long."""

    code = "SERVICES.PERIOD_WRONG"
    kind = Kind.INVALID
    zh = "时间不对：已经过去，或者超过了可以开的最长时间"
    en = "The time is over already, or longer than can be given."


class Point(Content):
    """Where to be: within `radius_m` of a place (WGS 84)."""

    name: Words
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    radius_m: int = Field(ge=10, le=5_000)


class PresenceSpec(Content):
    """A pass or attendance. Of a pass, by fields of the form: `door`, `holder`, `hours`, `starts` (a date, or now).

    uses         how often a pass opens
    points       where to be; anywhere when there are none
    begins, ends when to be there, of the day; `late_after` from when it is late
    """

    kind: Literal["pass", "attendance"]
    door: str | None = None
    holder: str | None = None
    hours: str | None = None
    starts: str | None = None
    uses: int = Field(default=1, ge=1, le=1_000)
    points: tuple[Point, ...] = Field(default=(), max_length=50)
    begins: time = time(0)
    ends: time = time(23, 59, 59)
    late_after: time | None = None

    @model_validator(mode="after")
    def _whole(self) -> PresenceSpec:
        if self.kind == "pass" and not (self.door and self.holder and self.hours):
            raise ValueError("a pass names the form's fields `door`, `holder` and `hours`")
        if not self.begins <= (self.late_after or self.begins) <= self.ends or self.begins == self.ends:
            raise ValueError("`begins` comes before `late_after`, and that before `ends`")
        return self


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    form = definition.checked(act.body.get("form", {}), act)
    spec: PresenceSpec = definition.section
    if spec.kind == "pass":
        return _ask_for_pass(spec, act, form)
    ends = datetime.combine(act.at.astimezone(_ZONE).date(), spec.ends, _ZONE)
    if act.at >= ends:
        raise PeriodWrong()
    return Change(
        form=form, to="expected", facts={"due_at": ends.isoformat()}, effects=(Later("miss", ends),)
    )


def _ask_for_pass(spec: PresenceSpec, act: Act, form: dict[str, Any]) -> Change:
    starts = act.at
    if spec.starts and form.get(spec.starts):
        starts = max(
            act.at, datetime.combine(datetime.fromisoformat(form[spec.starts]).date(), time(0), _ZONE)
        )
    until = starts + timedelta(hours=int(form[str(spec.hours)]))
    if not act.at < until <= act.at + timedelta(days=_DAYS_MOST):
        raise PeriodWrong()
    doors = form[str(spec.door)]
    params = {
        "doors": doors if isinstance(doors, list) else [doors], "from_at": starts.isoformat(),
        "until_at": until.isoformat(), "uses": spec.uses, "holder": form[str(spec.holder)],
    }  # fmt: skip
    facts = {"until_at": until.isoformat(), "uses": spec.uses, "passed": 0}
    return Change(form=form, facts=facts, effects=(Ask("door.grant", "pass_said", params),))


def _pass_said(definition: Defined, run: Run, act: Act) -> Change:
    """The provider's word: the pass, whose secret lies sealed with the form."""
    said = act.body
    if said["state"] == "refused":
        return Change(to="denied", facts=_why(said), effects=(Tell("presence.denied"),))
    if said["state"] != "done":
        return Change(to=run.state)
    body, until = said["body"], datetime.fromisoformat(run.facts["until_at"])
    return Change(
        form={"token": body["token"]}, facts={"number": body["number"]},
        effects=(Later("expire", max(until, act.at)), Tell("presence.granted")),
    )  # fmt: skip


def _show(definition: Defined, run: Run, act: Act) -> Change:
    return Change(effects=(Ask("door.code", "code", {"number": run.facts["number"]}),))


def _code(definition: Defined, run: Run, act: Act) -> Change:
    """What to show at the door now: a copy of it is soon worth nothing."""
    said = act.body
    if said["state"] != "done":
        return Change(to=run.state, facts=_why(said))
    body = said["body"]
    return Change(
        to=run.state, form={"code": body["token"]}, facts={"code_until": body["until_at"], **_why({})}
    )


def _opened(definition: Defined, run: Run, act: Act) -> Change:
    """What doors saw of the pass."""
    if act.body["state"] != "done":
        return Change(to=run.state)
    seen = [{"door": one["door"], "at": one["at"], "passed": one["passed"], "reason": one["reason"]}
            for one in act.body["body"]["items"]]  # fmt: skip
    passed = run.facts.get("passed", 0) + sum(one["passed"] for one in seen)
    facts = {"passed": passed, "seen": [*run.facts.get("seen", ()), *seen][-20:]}
    told = tuple(Tell("presence.opened") for one in seen[-1:] if one["passed"])
    if run.state != "granted" or passed < run.facts["uses"]:
        return Change(to=run.state, facts=facts, effects=told)
    return Change(to="used", facts=facts, effects=(*told, Later("close", act.at + _LOG_FOR)))


def _revoke(definition: Defined, run: Run, act: Act) -> Change:
    return Change(effects=(Ask("door.revoke", "revoke_said", {"number": run.facts["number"]}),))


def _revoke_said(definition: Defined, run: Run, act: Act) -> Change:
    """Until the provider says so, the pass may still open: it is not shown as called back before."""
    if act.body["state"] not in ("done", "refused"):  # refused: they know no such pass, so none opens
        return Change(to=run.state)
    return Change(
        to="revoked", form={"code": None, "token": None}, effects=(Later("close", act.at + _LOG_FOR),)
    )


def _expire(definition: Defined, run: Run, act: Act) -> Change:
    return Change(form={"code": None, "token": None}, effects=(Later("close", act.at + _LOG_FOR),))


def _check_in(definition: Defined, run: Run, act: Act) -> Change:
    """Here, now. Where somebody is stays with the form, sealed."""
    spec: PresenceSpec = definition.section
    now = act.at.astimezone(_ZONE).time()
    if now < spec.begins:
        raise PeriodWrong()
    facts = {"checked_at": act.at.isoformat()}
    where = _position(act) if spec.points else (0.0, 0.0)  # where it does not matter, nobody is asked
    form = {"lat": where[0], "lon": where[1]} if spec.points else {}
    if spec.points and not any(_metres(where, (one.lat, one.lon)) <= one.radius_m for one in spec.points):
        return Change(to="elsewhere", form=form, facts=facts)
    if spec.late_after is not None and now > spec.late_after:
        later = Later("close", act.at + _LOG_FOR)
        return Change(to="late", form=form, facts=facts, effects=(later, Tell("presence.late")))
    return Change(form=form, facts=facts)


def _position(act: Act) -> tuple[float, float]:
    """Degrees, as the phone says them. Raises `SayMissing`."""
    found = []
    for name, most in (("lat", 90), ("lon", 180)):
        degrees = act.body.get(name)
        if isinstance(degrees, bool) or not isinstance(degrees, int | float) or not -most <= degrees <= most:
            raise handling.SayMissing(name=name)
        found.append(float(degrees))
    return found[0], found[1]


def _metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Over the sphere (haversine)."""
    lat_a, lat_b = math.radians(a[0]), math.radians(b[0])
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b[1] - a[1]) / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def _miss(definition: Defined, run: Run, act: Act) -> Change:
    return Change(effects=(Later("close", act.at + _LOG_FOR), Tell("presence.absent")))


def _explain(definition: Defined, run: Run, act: Act) -> Change:
    return Change(form={"why": handling.words(act, "why")}, facts={"was": run.state, "desk": "teller"})


def _settle(definition: Defined, run: Run, act: Act) -> Change:
    note = handling.words(act, "note", needed=False) or None
    return Change(facts={"desk": None, "note_zh": note, "note_en": note, "decided_by": [str(act.who_id)]})


def _why(said: Facts) -> dict[str, Any]:
    """Why not, in both languages; nothing when there is nothing to say."""
    return {"reason": said.get("reason"), "note_zh": said.get("reason_zh"), "note_en": said.get("reason_en")}


def mine(definition: Defined, state: str, facts: Facts) -> tuple[tuple[str, Facts], ...]:
    """What the customer of a sample does: be there."""
    points = definition.section.points
    at = {"lat": points[0].lat, "lon": points[0].lon} if points else {"lat": 30.0, "lon": 120.0}
    return (("check_in", at),) if state == "expected" else ()


MACHINE = Machine(
    "presence",
    [
        step(BEGIN, "", "wanted", "customer clerk", _begin, also="expected"),
        step("pass_said", "wanted", "granted", "partner", _pass_said, also="wanted denied"),
        step("show", "granted", "granted", "customer", _show),
        step("code", "granted", "granted", "partner", _code),
        step("opened", "granted revoking used revoked expired", "granted", "partner", _opened,
             also="revoking used revoked expired"),
        step("revoke", "granted", "revoking", "customer clerk", _revoke),
        step("revoke_said", "revoking", "revoked", "partner", _revoke_said, also="revoking"),
        step("expire", "granted revoking", "expired", "system", _expire),
        step("check_in", "expected elsewhere", "present", "customer", _check_in, also="late elsewhere"),
        step("miss", "expected elsewhere", "absent", "system", _miss),
        step("explain", "late absent", "exceptional", "customer", _explain),
        step("correct", "exceptional", "corrected", "clerk", _settle),
        step("uphold", "exceptional", "upheld", "clerk", _settle),
        step("close", "used revoked expired late absent", "closed", "system"),
    ],
    final="denied present corrected upheld closed",
)  # fmt: skip

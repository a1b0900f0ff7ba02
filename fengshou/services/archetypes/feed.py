"""feed (公告资讯): articles that are published for a time to whom they concern, and who has read or acknowledged them.

Articles are content: written by one person, reviewed by another, released like everything else, so a wording that
somebody acknowledged can be shown again for ever (a run keeps its release). A reader's run is about one edition of one
article; however often it is opened it is one run. What is not published is not there for anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal, TypeAlias
from uuid import UUID, uuid5

from pydantic import Field, field_validator, model_validator

from fengshou.catalog import Content, Words
from fengshou.kernel import BankError, Kind, day_of
from fengshou.pages import ExpressionError, evaluate, names_of
from fengshou.services.machine import BEGIN, Act, Change, Defined, Facts, Machine, Run, Written, step

Standing: TypeAlias = Literal["draft", "reviewed", "published", "over", "withdrawn"]


class NotPublished(BankError):
    """There is no such article, or it is not out yet, no longer out, or not for this reader."""

    code = "SERVICES.NOT_PUBLISHED"
    kind = Kind.MISSING
    zh = "这篇内容没有发布或已经撤下"
    en = "This is not published, or was taken down."


class Article(Content):
    """Something to read. `body` knows `## ` headings, `- ` lists, blank lines and `**strong**`.

    by, reviewed_by   who wrote it and who agreed: two people; without the second it is a draft, seen by nobody
    from_day, until_day   when it is out, both days included
    when        whom it concerns: an expression over `me` and `today`
    ack         it must be acknowledged, not only opened
    edition     a new one is read and acknowledged anew
    withdrawn   why it was taken down
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    title: Words
    body: Words
    by: str = Field(min_length=2, max_length=40)
    reviewed_by: str | None = Field(default=None, min_length=2, max_length=40)
    from_day: date
    until_day: date | None = None
    when: str | None = Field(default=None, max_length=600)
    sticky: bool = False
    ack: bool = False
    edition: int = Field(default=1, ge=1, le=10_000)
    withdrawn: Words | None = None

    @field_validator("when")
    @classmethod
    def _reads_me(cls, text: str | None) -> str | None:
        if text is None:
            return None
        try:
            strange = {name.partition(".")[0] for name in names_of(text)} - {"me", "today"}
        except ExpressionError as wrong:
            raise ValueError(f"`{text}` is no expression: {wrong}") from None
        if strange:
            raise ValueError(f"`{text}` reads `{min(strange)}`; whom it concerns knows only me and today")
        return text

    @model_validator(mode="after")
    def _two_people_and_a_time(self) -> Article:
        if self.reviewed_by == self.by:
            raise ValueError(f"`{self.name}` was reviewed by who wrote it; let somebody else review it")
        if self.until_day is not None and self.until_day < self.from_day:
            raise ValueError(f"`{self.name}` ends before it begins; mend `from_day` or `until_day`")
        return self

    def standing(self, today: date) -> Standing:
        """Where it stands on a day."""
        if self.withdrawn is not None:
            return "withdrawn"
        if self.reviewed_by is None:
            return "draft"
        if today < self.from_day:
            return "reviewed"
        return "over" if self.until_day is not None and today > self.until_day else "published"


class FeedSpec(Content):
    """What there is to read. `item` names the form's field that says which article."""

    item: str
    articles: tuple[Article, ...] = Field(min_length=1, max_length=300)

    @model_validator(mode="after")
    def _one_of_each(self) -> FeedSpec:
        names = [article.name for article in self.articles]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(
                f"two articles are called `{twice}`; rename one, or raise the `edition` of the one"
            )
        return self


def lint(definition: Written) -> Iterator[str]:
    """What is wrong between the section and the form."""
    spec: FeedSpec = definition.section
    kinds = {field.name: field.kind for field in definition.form}
    if kinds.get(spec.item, "line") != "line":
        yield f"`{spec.item}` names an article: make it `kind: line`"
    if more := sorted(kinds.keys() - {spec.item}):
        yield f"a feed asks nothing but which article; remove {', '.join(more)} from the form"


def shelf(spec: FeedSpec, me: Facts, today: date) -> list[Article]:
    """What somebody has to read on a day: what stays on top first, then the newest."""
    out = [
        article
        for article in spec.articles
        if article.standing(today) == "published" and _concerns(article, me, today)
    ]
    return sorted(out, key=lambda article: (not article.sticky, -article.from_day.toordinal(), article.name))


def _concerns(article: Article, me: Facts, today: date) -> bool:
    if article.when is None:
        return True
    return bool(evaluate(article.when, {"me": dict(me), "today": today.isoformat()}))


def reading_key(customer: UUID, service: str, article: Article) -> UUID:
    """The key of somebody's reading of an edition: opened however often, it is one."""
    return uuid5(customer, f"read {service} {article.name} {article.edition}")


def key_of(definition: Defined, service: str, customer: UUID, body: Facts) -> UUID | None:
    """The key a reading is begun under; None where no such article is."""
    found = article_of(definition, body.get("form"))
    return None if found is None else reading_key(customer, service, found)


def article_of(definition: Defined, form: object) -> Article | None:
    """The article a form names."""
    spec: FeedSpec = definition.section
    wanted = form.get(spec.item) if isinstance(form, Mapping) else None
    return next((article for article in spec.articles if article.name == wanted), None)


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    form = definition.checked(act.body.get("form", {}), act)
    article, me = article_of(definition, form), act.body.get("me", {})
    if article is None or article not in shelf(definition.section, me, day_of(act.at)):
        raise NotPublished()
    facts: dict[str, Any] = {"item": article.name, "edition": article.edition}
    return Change(to="published" if article.ack else "read", form=form, facts=facts)


def _acknowledge(definition: Defined, run: Run, act: Act) -> Change:
    return Change(facts={"acknowledged_at": act.at.isoformat()})


def mine(definition: Defined, state: str, facts: Facts) -> tuple[tuple[str, Facts], ...]:
    """What the reader of a sample does."""
    return (("acknowledge", {}),) if state == "published" else ()


MACHINE = Machine(
    "feed",
    [
        step(BEGIN, "", "read", "customer", _begin, also="published"),
        step("acknowledge", "published", "acknowledged", "customer", _acknowledge),
    ],
    final="read acknowledged",
)

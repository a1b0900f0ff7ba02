"""What the bank ships passes its own linter, and says what other rooms count on."""

from pathlib import Path

import fengshou.risk
import fengshou.services  # noqa: F401 - brings its kinds of content
from fengshou.catalog import KINDS, Catalog
from fengshou.catalog.reading import content_files
from tests.catalog.conftest import Write

CONTENT = Path(__file__).parents[2] / "content"


def test_the_shipped_content_has_no_problem() -> None:
    problems = Catalog.check(CONTENT)

    assert not problems, "\n".join(map(str, problems))


def test_every_file_has_a_kind() -> None:
    names = [path.relative_to(CONTENT).as_posix() for path in content_files(CONTENT)]

    assert "bank/limits.yaml" in names
    assert all(KINDS.claiming(name) for name in names)


async def test_accessors_answer_from_the_shipped_release(catalog: Catalog) -> None:
    await catalog.load_release(CONTENT)

    assert catalog.limits(109).cap(2, "transfer").day_fen == 5_000_000
    assert catalog.account_class(109, 2).out_unbound.day_fen == 1_000_000
    assert catalog.account_class(1127, 3).balance_fen_max == 200_000
    assert catalog.fees(109).quote("federation", 10**9).fee_fen == 0
    chart = {subject.code: subject for subject in catalog.chart()}
    assert {"1001", "1003", "1011", "2011", "2111", "2241", "2242", "3001", "4001", "6021", "6411"} <= set(
        chart
    )
    assert (chart["2111"].side, chart["2111"].group, chart["3001"].side) == ("credit", "liability", "either")
    for key in (
        "terms_of_service",
        "privacy_policy",
        "account_agreement",
        "passkey_agreement",
        "fraud_warning",
    ):
        text = catalog.text(key, 109)
        for body in (text.body.zh, text.body.en):
            assert ("{bank}" in body) == ("bank" in text.holes)
        shown = text.written("en", bank="Qinghe Bank")
        assert shown.title == text.title.en
        assert "{" not in shown.body
    assert len(catalog.rules(109)) >= 10
    assert "刷单" in catalog.word_lists(109)["scam_words"]
    assert catalog.risk_policy(109).fail_safe.hold_from_fen == 500_000


def test_a_broken_rule_is_found_by_the_linter(folder: Path, write: Write) -> None:
    for name in ("words.yaml", "policy.yaml"):
        write(f"rules/{name}", (CONTENT / "rules" / name).read_text("utf-8"))
    text = (CONTENT / "rules" / "scam.yaml").read_text("utf-8")
    write("rules/scam.yaml", text)
    assert Catalog.check(folder) == []

    for old, new, says in (
        ("amount_fen >= $large", "amount >= $large", "`amount` is no feature"),
        ("hour < 5", "hour < 6", "tests.1 expects a miss"),
        ("desk: elder", "desk: attic", "no desk of rules/policy.yaml"),
        ("{hour: 0,", "{our: 0,", "names `our`, which is no feature"),
        ("value: 10000, unit: fen, min: 0", "value: 10000, unit: fen, min: 20000", "outside 20000..100000"),
        ("memo has scam_words", "memo has cute_words", "no list `cute_words`"),
    ):
        assert old in text
        write("rules/scam.yaml", text.replace(old, new))
        problems = [str(problem) for problem in Catalog.check(folder)]
        assert any(says in problem for problem in problems), (says, problems)


def test_a_bank_moves_a_parameter_within_its_bounds(folder: Path, write: Write) -> None:
    for path in (CONTENT / "rules").glob("*.yaml"):
        write(f"rules/{path.name}", path.read_text("utf-8"))
    patch = "- {key: SCAM-002, params: {age: {value: %d}}, tests: %s}"
    tests = (
        "[{features: {customer_age: 65, payee_new: true, amount_fen: 1000000}, expect: hit},"
        " {features: {customer_age: 64, payee_new: true, amount_fen: 1000000}, expect: miss}]"
    )
    write("banks/330109/rules/scam.yaml", patch % (65, tests))
    assert Catalog.check(folder) == []

    write("banks/330109/rules/scam.yaml", patch % (80, tests))
    [problem] = Catalog.check(folder)

    assert "value 80 is outside 55..75" in problem.what

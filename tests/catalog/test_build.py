"""From files to items: layers, days, and problems that say what to do."""

from datetime import date
from pathlib import Path

import pytest

from fengshou.catalog import KINDS, Catalog, Edition, Free, ItemMissing
from fengshou.catalog.build import build
from fengshou.catalog.release import release_id
from tests.catalog.conftest import Write

TODAY = date(2026, 11, 23)


def edition(folder: Path) -> Edition:
    items, problems = build(folder, KINDS)
    assert problems == []
    return Edition(release_id(items), items, KINDS)


def paint(found: Edition, bank: int | None = None, branch: str | None = None, on: date = TODAY) -> object:
    item = found.resolve("theme", "paint", on=on, bank=bank, branch=branch)
    assert isinstance(item, Free)
    return item.as_dict()


@pytest.fixture
def banks(write: Write) -> None:
    write(
        "bank/banks.yaml",
        """
        kind: bank
        items:
          - {institution: 109, code: 330109, slug: xiaoshan}
          - {institution: 110, code: 330110, slug: yuhang}
        """,
    )


def test_a_bank_lays_its_words_over_the_provinces(folder: Path, write: Write, banks: None) -> None:
    write("themes/paint.yaml", "colour: green\nshades: [1, 2]\nedge: {wide: 3, round: true}")
    write("banks/xiaoshan/themes/paint.yaml", "colour: blue\nedge: {wide: 5}")
    write("banks/330110/themes/paint.yaml", "shades: [9]")
    write("banks/xiaoshan/branches/330109001/themes/paint.yaml", "edge: {round: false}")
    found = edition(folder)

    assert paint(found) == {"colour": "green", "shades": [1, 2], "edge": {"wide": 3, "round": True}}
    assert paint(found, 109) == {"colour": "blue", "shades": [1, 2], "edge": {"wide": 5, "round": True}}
    assert paint(found, 110) == {"colour": "green", "shades": [9], "edge": {"wide": 3, "round": True}}
    assert paint(found, 111) == paint(found)
    assert paint(found, 109, "330109001") == {
        "colour": "blue",
        "shades": [1, 2],
        "edge": {"wide": 5, "round": False},
    }
    assert paint(found, 109, "330109002") == paint(found, 109)


def test_an_item_holds_on_its_days(folder: Path, write: Write, banks: None) -> None:
    write(
        "themes/paint.yaml",
        """
        - {key: paint, valid: {until: 2026-10-01}, colour: green, wide: 1}
        - {key: paint, valid: {from: 2026-10-01, until: 2027-01-01}, colour: red, wide: 2}
        """,
    )
    write("banks/xiaoshan/themes/paint.yaml", "{key: paint, valid: {from: 2026-09-15}, colour: blue}")
    found = edition(folder)

    assert paint(found, on=date(2026, 9, 30)) == {"key": "paint", "colour": "green", "wide": 1}
    assert paint(found, on=date(2026, 10, 1)) == {"key": "paint", "colour": "red", "wide": 2}
    assert paint(found, 109, on=date(2026, 9, 14)) == paint(found, on=date(2026, 9, 14))
    assert paint(found, 109, on=date(2026, 9, 15)) == {"key": "paint", "colour": "blue", "wide": 1}
    assert paint(found, 109, on=date(2026, 12, 31)) == {"key": "paint", "colour": "blue", "wide": 2}
    with pytest.raises(ItemMissing):
        paint(found, 109, on=date(2027, 1, 1))
    assert found.keys("theme", on=date(2027, 1, 1), bank=109) == []


def test_a_bank_may_have_what_the_province_has_not(folder: Path, write: Write, banks: None) -> None:
    write("banks/yuhang/themes/paint.yaml", "colour: orange")
    found = edition(folder)

    assert found.keys("theme", on=TODAY) == []
    assert found.keys("theme", on=TODAY, bank=110) == ["paint"]
    assert found.body("theme", "paint", on=TODAY, bank=110) == {"colour": "orange"}


def test_order_of_files_and_items_does_not_make_another_release(folder: Path, write: Write) -> None:
    write("themes/paint.yaml", "- {key: a, x: 1}\n- {key: b, x: 2}")
    one = release_id(build(folder, KINDS)[0])
    write("themes/paint.yaml", "- {key: b, x: 2}")
    write("themes/more.yaml", "- {key: a, x: 1}")

    assert release_id(build(folder, KINDS)[0]) == one


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("themes/paint.yaml", "colour: [green", "themes/paint.yaml:2: cannot be read: did not find"),
        ("themes/paint.yaml", "a: 1\na: 2", "themes/paint.yaml:2: cannot be read: `a` stands twice"),
        ("themes/paint.yaml", "a: !!python/object/apply:os.system [id]", "cannot be read"),
        ("themes/paint.yaml", "", "holds no items"),
        ("themes/paint.yaml", "just words", "holds no items"),
        ("themes/paint.yaml", "- one\n- two", "item 1: is not a mapping"),
        ("themes/paint.yaml", "- {key: a}\n- {key: a}", "themes/paint.yaml:2: theme/a: stands twice for the same days"),
        ("themes/paint.yaml", "- {colour: a}\n- {colour: b}", "has no `key`"),
        ("themes/paint.yaml", "valid: {from: 2026-02-30x}\ncolour: a", "`valid` is {from: YYYY-MM-DD"),
        ("themes/paint.yaml", "valid: {from: 2026-03-01, until: 2026-03-01}\ncolour: a", "from before until"),
        ("themes/paint.yaml", "kind: wallpaper\nitems: [{key: a}]", "`kind: wallpaper` is not known"),
        ("attic/paint.yaml", "colour: a", "no kind of content lives at attic/paint.yaml"),
        ("banks/atlantis/themes/paint.yaml", "colour: a", "no bank has the slug or county code `atlantis`"),
        ("banks/330109/bank/chart.yaml", "- {code: '1001'}", "a bank has no chart of its own"),
        ("bank/fees.yaml", "key: transfer\nfoo: 1", "bank/fees.yaml:1: fees/transfer: `foo` is not a field"),
        ("texts/terms.yaml", "key: terms", "`title` is missing; add it"),
    ],
)  # fmt: skip
def test_problems_say_where_and_what_to_do(
    folder: Path, write: Write, name: str, text: str, says: str
) -> None:
    write(name, text)

    problems = [str(problem) for problem in Catalog.check(folder)]

    assert any(says in problem for problem in problems), problems


def test_samples_and_drafts_are_left_out(folder: Path, write: Write) -> None:
    write("themes/paint.yaml", "colour: green")
    write("pages/_samples/bad.yaml", "a: [")
    write("themes/_draft.yaml", "a: [")
    write("themes/.hidden.yaml", "a: [")

    assert Catalog.check(folder) == []


def test_an_empty_folder_is_a_problem(folder: Path) -> None:
    assert [problem.what for problem in Catalog.check(folder)] == ["holds no content"]

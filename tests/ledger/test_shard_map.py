"""The map of shards as it is read from a setting."""

from __future__ import annotations

import pytest

from fengshou.ledger import BadShardMap, ShardPlace, read_shard_map, shard_of


def test_a_map_says_where_each_bank_is() -> None:
    places = read_shard_map('[{"dsn": "postgresql://a", "banks": [523, 1127]}, {"dsn": "b", "banks": [9]}]')

    assert places == (ShardPlace("postgresql://a", (523, 1127)), ShardPlace("b", (9,)))
    assert [shard_of(places, bank) for bank in (1, 109, 523, 9)] == [0, 0, 1, 2]
    assert read_shard_map(" ") == ()
    assert "postgresql" not in repr(places)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no JSON"),
        ("{}", "a list"),
        ('[{"dsn": "a"}]', "shard 1 has to say dsn and banks"),
        ('[{"dsn": "a", "banks": [2], "more": 1}]', "nothing else"),
        ('[{"dsn": "", "banks": [2]}]', "no database"),
        ('[{"dsn": "a", "banks": []}]', "no banks"),
        ('[{"dsn": "a", "banks": [1]}]', "1 is no member bank"),
        ('[{"dsn": "a", "banks": [true]}]', "True is no member bank"),
        ('[{"dsn": "a", "banks": [10000]}]', "no member bank"),
        ('[{"dsn": "a", "banks": [2]}, {"dsn": "b", "banks": [2]}]', "bank 2 is in shard 1 and in shard 2"),
        ('[{"dsn": "a", "banks": [2]}, {"dsn": "a", "banks": [3]}]', "the same database"),
    ],
)
def test_a_wrong_map_is_refused_and_says_why(text: str, says: str) -> None:
    with pytest.raises(BadShardMap, match=says):
        read_shard_map(text)

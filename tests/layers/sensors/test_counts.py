from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from layers.sensors import counts
from layers.sensors.counts import Facts

if TYPE_CHECKING:
    from pathlib import Path

FACTS = Facts("roads", "CC0")
HEAD = "station;lon;lat;count;kind;year;month;weekday;ways;bearing;vehicle_class;error\n"
GOOD = "A1;10,1;56,2;12.500;aadt;2019;;;2;;;\n"


def written(folder: Path, text: str | bytes, name: str = "counts.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_counts_are_read_with_place_kind_and_ways(tmp_path: Path) -> None:
    more = "A1;10,1;56,2;900;day;2019;5;3;1;90;lorry;80\nB;;;100;july;2018;;;1;270;;\n"
    found = counts.read(written(tmp_path, HEAD + GOOD + more), FACTS)
    table = found.counts
    assert table["count"].to_dict() == {
        "roads:A1:traffic:2019:aadt": 12_500.0,
        "roads:A1:traffic:2019:day:90:lorry": 900.0,
        "roads:B:traffic:2018:july:270": 100.0,
    }
    assert table.geometry.iloc[0].coords[0] == (10.1, 56.2)
    assert table.geometry.iloc[2] is None
    assert table["error"].iloc[1] == 80
    assert (found.source.rows_in, found.source.rows_refused) == (3, 0)
    assert found.source.reference_date == "2018 to 2019"


def test_rows_that_cannot_be_used_are_counted_by_reason(tmp_path: Path) -> None:
    bad = [
        "A;10;56;100;guess;2019;;;;;;",
        ";10;56;100;aadt;2019;;;;;;",
        "A;10;56;;aadt;2019;;;;;;",
        "A;10;56;-1;aadt;2019;;;;;;",
        "A;10;56;many;aadt;2019;;;;;;",
        "A;10;99;100;aadt;2019;;;;;;",
        "A;10;56;100;aadt;19;;;;;;",
        "A;10;56;100;week;2019;;;;;;",
        "A;10;56;100;day;2019;3;;;;;",
        "A;10;56;100;aadt;2019;;;3;;;",
        "A1;10;56;100;aadt;2019;;;;;;",
    ]
    found = counts.read(written(tmp_path, HEAD + GOOD + "\n".join(bad) + "\n"), FACTS)
    assert found.drops.set_index("reason")["count"].to_dict() == {
        "a count of kind day needs its weekday": 1, "a count of kind week needs its month": 1,
        "count cannot be": 2, "kind not known": 1, "lat cannot be": 1, "no count": 1,
        "no station": 1, "the same count twice": 1, "ways cannot be": 1, "year cannot be": 1,
    }  # fmt: skip
    assert (found.source.rows_in, found.source.rows_kept) == (12, 1)


def test_their_names_are_mapped(tmp_path: Path) -> None:
    facts = Facts("roads", "CC0", names={"count": "ÅDT", "station": "Sted"})
    text = "Sted,ÅDT,kind,year\nLandevejen,100,aadt,2019\n"
    assert len(counts.read(written(tmp_path, text), facts).counts) == 1


BAD = {
    "empty": ("", "counts.csv", FACTS, "is empty"),
    "no-columns": ("a;b\n1;2\n", "counts.csv", FACTS, "is missing"),
    "twice": ("station;" + HEAD + "A;" + GOOD, "counts.csv", FACTS, "stands twice"),
    "no-rows": (HEAD, "counts.csv", FACTS, "No row can be used"),
    "no-good-row": (HEAD + "A;;;x;aadt;2019;;;;;;\n", "counts.csv", FACTS, "1 count cannot be"),
    "odd-ways": (HEAD + "A;10;56;700;aadt;2019;;;both;;;\n", "counts.csv", FACTS, "ways is 1 to 2"),
    "grade": (HEAD + GOOD, "counts.csv", Facts("a", "b", grade="gold"), "is not a grade"),
    "map": (HEAD + GOOD, "counts.csv", Facts("a", "b", names={"lon": "x"}), "is missing"),
    "disguised": ("<xml/>", "counts.csv", FACTS, "but is XML"),
    "broken-book": ("PK\x03\x04 no", "counts.xlsx", FACTS, ""),
}


@pytest.mark.parametrize(("text", "name", "facts", "reason"), BAD.values(), ids=list(BAD))
def test_bad_files_are_refused(
    tmp_path: Path, text: str, name: str, facts: Facts, reason: str
) -> None:
    with pytest.raises(InputError) as caught:
        counts.read(written(tmp_path, text, name), facts)
    assert reason in str(caught.value)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text("0123456789;aktdwey,.\n-\"'", max_size=200)))
def test_any_bytes_give_counts_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, tail: bytes | str
) -> None:
    body = tail.encode() if isinstance(tail, str) else tail
    try:
        found = counts.read(written(tmp_path_factory.mktemp("fuzz"), HEAD.encode() + body), FACTS)
    except InputError:
        return
    assert found.counts["count"].between(0, 500_000).all()
    assert found.source.rows_in == found.source.rows_kept + found.source.rows_refused

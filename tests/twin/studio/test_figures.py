"""What the studio tells of a run: the change of each figure with its ends."""

from __future__ import annotations

from tests.twin.cities import tiny
from tests.twin.test_ranges import ALL, book, heated, result
from twin import ranges
from twin.studio import figures
from twin.studio.engine import FULL, QUICK, Run


def run(grade: str) -> Run:
    before, after = (result(book(heated("a", tonnes))) for tonnes in (100.0, 80.0))
    return Run("0" * 16, "plan", 2030, grade, after, before, {})


def test_each_figure_brings_the_ends_of_its_change() -> None:
    told = figures.told(run(FULL), tiny(), "en")
    row = next(one for one in told["summary"] if one["title"] == ALL)
    ends = ranges.of_change(run(FULL).before, run(FULL).result)[ALL]
    assert (row["before"], row["value"]) == (100.0, 80.0)
    assert (row["low"], row["high"]) == ends
    assert row["low"] < -20.0 < row["high"] < 0.0


def test_a_preview_tells_no_figures() -> None:
    assert figures.told(run(QUICK), tiny(), "en")["summary"] == []

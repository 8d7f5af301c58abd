"""What people said, counted for the page, in bounded time and memory however many they are."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pandas as pd

from tests.payloads import PAYLOADS
from tests.twin.cities import tiny
from tests.twin.maps.test_page import opened, runs
from twin import contributions, store
from twin.maps import heard, page
from twin.maps.heard import Heard

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MANY = 100_000


def rows(count: int, state: str = "public") -> pd.DataFrame:
    """So many contributions of half as many people, on two topics."""
    number = pd.Series(range(count))
    texts = dict.fromkeys(contributions.COLUMNS, "")
    made = pd.DataFrame(texts, index=pd.Index([f"c{n}" for n in number], name="id"))
    made["person"] = [f"p{n // 2}" for n in number]
    made["topic"] = ["noise" if n % 4 else "trees" for n in number]
    made["text"] = [f"We want it quieter, {n}" for n in number]
    made["said"] = made["received"] = "2026-03-01T10:00:00+00:00"
    made["channel"], made["kind"], made["state"] = "page", "comment", state
    where = tiny().streets.geometry.iloc[:1].to_crs("EPSG:4326").iloc[0].coords[0]
    made["place"] = json.dumps({"type": "Point", "coordinates": where})
    return made.astype("str")


def test_people_and_contributions_are_counted_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = rows(8)
    told.loc[["c0"], ["reply", "changed", "why"]] = ["We heard you", "no", "the bus needs it"]
    told.loc[["c7"], "state"] = "new"
    monkeypatch.setattr(contributions, "table", lambda _: told)
    found = heard.of_twin(tmp_path, tiny())
    assert found is not None
    assert (found.people, found.contributions) == (4, 7)
    assert list(found.counts["topic"]) == [("noise", 4, 5), ("trees", 2, 2)]
    assert list(found.answered) == [
        ("We want it quieter, 0", "We heard you", "no: the bus needs it")
    ]


def test_without_contributions_nothing_is_told(tmp_path: Path) -> None:
    store.save(tiny(), tmp_path / "t.twin")
    assert heard.of_twin(tmp_path / "t.twin", tiny()) is None


def test_a_hundred_thousand_contributions_are_counted_in_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = rows(MANY)
    told[["reply", "changed"]] = ["Thank you", "yes"]
    monkeypatch.setattr(contributions, "table", lambda _: told)
    start = time.process_time()
    found = heard.of_twin(tmp_path, tiny())
    assert found is not None
    assert (found.people, found.contributions) == (MANY // 2, MANY)
    assert len(found.answered) == heard.ANSWERED
    assert time.process_time() - start < 30.0


def test_what_was_said_stands_on_the_page_as_text(tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    said = Heard(
        people=2,
        contributions=3,
        counts={"topic": [(one, 2, 3) for one in PAYLOADS], "scenario": [], "street": []},
        answered=[(one, one, one) for one in PAYLOADS],
    )
    path = page.publish(tiny(), runs(), tmp_path / "h.html", heard=said)
    with opened(path, 390, 844) as found:
        assert "2 people made 3 contributions" in found.page.inner_text("#heard")
        told = found.page.eval_on_selector_all(
            "#heard table.said tbody tr td:first-child", "all => all.map(c => c.textContent)"
        )
        assert told == list(PAYLOADS)
        assert found.page.evaluate("window.hit") is None
        assert found.page.evaluate("document.documentElement.scrollWidth") <= 390
        report = Axe().run(found.page).response
        assert [(one["id"], one["nodes"][0]["target"]) for one in report["violations"]] == []
        assert found.errors == []

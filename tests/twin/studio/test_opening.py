"""The start: the town at once, figures from what was kept, doing nothing kept for the next start."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.twin.cities import tiny
from tests.twin.studio import served
from tests.twin.studio.test_engine import STREET, draft, quiet
from twin import kept, simulate, store
from twin.errors import StoreError
from twin.studio import opening, state, town
from twin.studio.engine import WAITS, Engine
from twin.studio.jobs import CancelledError, Job

if TYPE_CHECKING:
    from pathlib import Path

    from twin.domain import Domain


def opened(root: Path, *domains: Domain) -> tuple[Job, list[opening.Drawn], Engine]:
    job = Job("opening")
    seen: list[opening.Drawn] = []
    engine = Engine(store.open(root), domains or (served.TRAFFIC,))
    opening.work(job, root, engine, "en", seen.append)
    return job, seen, engine


def kinds(job: Job) -> list[str]:
    return [kind for kind, _ in job.events if kind != "progress"]


def test_the_town_is_laid_out_from_the_city_alone() -> None:
    found, content = town.layout(tiny(), "da")
    assert found.base is None
    assert set(content["layers"]) == {"streets", "buildings", "zones"}
    assert content["layers"]["streets"]["count"] == len(found.index["streets"]) == 17
    assert "Hovedgaden" in content["names"]["texts"]
    base = simulate.run(tiny(), domains=(served.TRAFFIC,))
    after, figures = town.known(found, base, "da")
    assert [one["column"] for one in figures["indicators"]] == ["vehicles"]
    assert all(found.index[name].equals(after.index[name]) for name in found.index)


def test_the_first_start_keeps_what_the_next_one_shows_at_once(tmp_path: Path) -> None:
    root = served.folder(tmp_path)
    first, seen, _ = opened(root)
    assert kinds(first) == ["town", "figures", "ready"]
    assert [one.figures is None for one in seen] == [True, False]
    assert len(store.runs(root)) == 1
    went_on = threading.Event()
    slow = served.gated(went_on)
    job = Job("again")
    again: list[opening.Drawn] = []
    engine = Engine(store.open(root), (slow,))
    thread = threading.Thread(
        target=opening.work, args=(job, root, engine, "en", again.append)
    )  # fmt: skip
    thread.start()
    while len(again) < 2:  # figures are there although nothing was simulated yet
        assert thread.is_alive()
    assert not engine.ready
    went_on.set()
    thread.join(20)
    assert kinds(job) == ["town", "figures", "ready"]
    assert len(store.runs(root)) == 1


def test_a_run_of_another_city_is_not_shown(tmp_path: Path) -> None:
    root = served.folder(tmp_path)
    other = tiny().replace(year=tiny().year - 1)
    kept.keep(root, simulate.run(other, domains=(served.TRAFFIC,)))
    job, _, _ = opened(root)
    first = [kind for kind, _ in job.events]
    assert first.index("progress") < first.index("figures")
    assert len(store.runs(root)) == 2


def test_a_folder_that_cannot_be_written_still_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_given: Any, **_more: Any) -> str:
        raise StoreError(tmp_path, "", "is full.", "Make room.")

    root = served.folder(tmp_path)
    monkeypatch.setattr(store, "save_run", full)
    job, _, _ = opened(root)
    assert kinds(job)[-1] == "ready"
    assert "is full" in caplog.text


def test_how_long_it_takes_is_what_it_took_or_grows_with_the_town(tmp_path: Path) -> None:
    root = served.folder(tmp_path)
    guess = opening.usual(root, tiny())
    more = tiny()
    assert 0.0 < guess < opening.usual(root, _twice(more))
    result = simulate.run(tiny(), domains=(served.TRAFFIC,))
    kept.keep(root, result)
    assert opening.usual(root, tiny()) == pytest.approx(sum(result.record["timings"].values()))


def _twice(city: Any) -> Any:
    import pandas as pd

    streets = city.streets
    again = streets.set_index("x" + streets.index)
    return city.replace(streets=pd.concat([streets, again]).rename_axis(streets.index.name))


def test_who_waits_for_the_town_hears_how_far_it_is_and_may_go() -> None:
    go_on = threading.Event()
    engine = Engine(tiny(), (served.gated(go_on),))
    thread = threading.Thread(target=engine.base, args=(quiet,))
    thread.start()
    while engine._stage[0] != "Traffic: ways of cars":
        assert thread.is_alive()
    job = Job("waiting")
    heard = []

    def tell(stage: str, share: float) -> None:
        heard.append((stage, share))
        job.cancel.set()
        job.progress(stage, share)

    with pytest.raises(CancelledError):
        engine.full(draft(STREET), None, tell)
    assert heard[0][0].startswith(WAITS)
    assert "ways of cars" in heard[0][0]
    go_on.set()
    thread.join(20)
    assert engine.ready


def test_a_town_that_cannot_be_simulated_is_drawn_and_says_why(tmp_path: Path) -> None:
    studio = state.opened(served.folder(tmp_path), "en")
    studio.engine = Engine(studio.city, (served.BROKEN,))
    studio.begin()
    assert studio.opening is not None
    studio.jobs._pool.shutdown(wait=True)
    kind, content = studio.opening.events[-1]
    assert kind == "failed"
    assert content["faults"][0]["reason"] == "is broken."
    assert studio.drawn is not None
    assert studio.drawn.figures is None

"""What the studio simulates: the preview first, the same whatever was tried before, nothing twice."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.twin.cities import tiny
from tests.twin.studio import served
from tests.twin.studio.served import filter_on
from twin import preview, scenario, simulate, travel
from twin.errors import ScenarioError
from twin.studio import drafts, figures, state
from twin.studio.engine import Engine, Recent

if TYPE_CHECKING:
    from pathlib import Path

TRAFFIC = tuple(one for one in travel.DOMAINS if one.name == "traffic")
STREET = "w102:22-23"


def draft(*streets: str, start: int = 2027) -> drafts.Draft:
    entries = [{**filter_on(one, start), "id": f"f{n}"} for n, one in enumerate(streets)]
    return drafts.Draft("quiet", 1, {"interventions": entries}, can_undo=False, can_redo=False)


def quiet(_stage: str, _share: float) -> None:
    """Progress that nobody looks at."""


def test_a_run_is_that_of_the_command_line_whatever_was_tried_before() -> None:
    engine = Engine(tiny(), TRAFFIC)
    engine.full(draft("w101:11-12", "w203:13-23"), None, quiet)
    run = engine.full(draft(STREET), None, quiet)
    base = simulate.run(tiny(), domains=TRAFFIC)
    plan = scenario.parse(draft(STREET).text(), tiny())
    wanted = simulate.run(tiny(), plan, warm=base, domains=TRAFFIC)
    found = run.result.frames["streets"]
    np.testing.assert_array_equal(found["vehicles"], wanted.frames["streets"]["vehicles"])
    assert run.year == 2027
    assert run.before.record["year"] == 2027


def test_the_preview_is_that_of_the_model_and_says_what_it_leaves_out() -> None:
    engine = Engine(tiny(), TRAFFIC)
    run = engine.quick(draft(STREET), None, quiet)
    assert run is not None
    assert run.grade == "quick"
    base = simulate.run(tiny(), domains=TRAFFIC)
    planned = scenario.parse(draft(STREET).text(), tiny()).city(tiny(), 2027)
    wanted = preview.run(planned, base).streets["vehicles"]
    np.testing.assert_array_equal(run.result.frames["streets"]["vehicles"], wanted)
    assert "other ways" in " ".join(run.result.record["limits"])


def test_without_traffic_there_is_no_preview() -> None:
    engine = Engine(tiny(), (served.TRAFFIC,))
    assert engine.quick(draft(STREET), None, quiet) is None


def test_the_same_plan_is_not_simulated_twice() -> None:
    engine = Engine(tiny(), (served.TRAFFIC,))
    first = engine.full(draft(STREET), None, quiet)
    assert engine.full(draft(STREET), None, quiet) is first
    assert engine.full(draft(STREET), 2030, quiet) is not first


def test_a_plan_that_does_not_fit_is_told_so() -> None:
    with pytest.raises(ScenarioError, match="w9"):
        Engine(tiny(), (served.TRAFFIC,)).full(draft("w9:1-2"), None, quiet)


def test_what_is_kept_is_bounded_and_forgets_the_oldest() -> None:
    kept: Recent[int] = Recent(2)
    kept["a"], kept["b"] = 1, 2
    assert kept["a"] == 1
    kept["c"] = 3
    assert sorted(kept) == ["a", "c"]
    assert kept.get("b") is None


def test_the_preview_comes_before_the_whole(tmp_path: Path) -> None:
    studio = state.opened(served.folder(tmp_path), "en")
    studio.engine = Engine(studio.city, TRAFFIC)
    job = studio.simulate(draft(STREET), None)
    studio.jobs._pool.shutdown(wait=True)
    kinds: list[Any] = [kind for kind, _ in job.events if kind != "progress"]
    assert kinds == ["preview", "done"]
    told = dict(job.events)
    assert told["preview"]["run"]["grade"] == "quick"
    assert "streets.vehicles" in told["preview"]["run"]["columns"]
    assert told["done"]["run"]["grade"] == "full"


def test_a_preview_brings_the_figures_that_are_on_the_map(tmp_path: Path) -> None:
    studio = state.opened(served.folder(tmp_path), "en")
    studio.engine = Engine(studio.city, TRAFFIC)
    shown = ["streets.vehicles", "streets.nothing_of_the_kind"]
    early = studio.simulate(draft(STREET), None, shown)
    studio.begin()
    assert studio.opening is not None
    while not studio.opening.ended:
        time.sleep(0.01)
    late = studio.simulate(draft("w102:21-22"), None, shown)
    studio.jobs._pool.shutdown(wait=True)
    assert dict(early.events)["preview"]["figures"].keys() <= {"streets.vehicles"}
    told = dict(late.events)["preview"]
    (run,) = studio.runs([told["run"]["id"]])
    assert studio.drawn is not None
    wanted = figures.compared(studio.drawn.town, [run], "streets", "vehicles")
    assert told["figures"] == {"streets.vehicles": wanted}


def test_scenarios_of_the_twin_become_plans(tmp_path: Path) -> None:
    from twin import store

    root = served.folder(tmp_path)
    store.save_scenario(root, "old", draft(STREET).text())
    state.opened(root, "en")
    assert drafts.get(root, "old").body["interventions"] == [{**filter_on(STREET), "id": "f0"}]

"""Runs that the twin folder keeps, beside those of the studio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.twin.cities import tiny
from tests.twin.studio import served
from tests.twin.studio.test_engine import STREET, draft, quiet
from tests.twin.studio.test_planning import begun, simulated
from twin import kept, scenario, simulate, store
from twin.studio import shelf
from twin.studio.drafts import UnknownError
from twin.studio.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.twin.studio.served import Served

YEAR = 2027


def engine(root: Path) -> Engine:
    return Engine(store.open(root), (served.TRAFFIC,))


def kept_run(root: Path) -> str:
    """A plan that `twin run` simulated, with doing nothing beside it."""
    city = store.open(root)
    plan = scenario.parse(draft(STREET).text(), city)
    before = simulate.run(city, year=YEAR, domains=(served.TRAFFIC,))
    kept.keep(root, before)
    result = simulate.run(city, plan, year=YEAR, warm=before, domains=(served.TRAFFIC,))
    return kept.keep(root, result, plan)


def changed(root: Path) -> None:
    """The City of a folder in which a street has another limit now."""
    city = store.open(root)
    streets = city.streets
    streets.loc["w201:11-21", "speed_kph"] = 20.0
    store.save(city.replace(streets=streets), root)


def test_a_kept_run_is_listed_and_stands_beside_what_was_kept_with_it(tmp_path: Path) -> None:
    root = served.folder(tmp_path)
    name = kept_run(root)
    found = shelf.listed(root, store.open(root))
    assert [(one["id"], one["plan"], one["year"], one["old"]) for one in found] == [
        (name, "quiet", YEAR, shelf.HOLDS)
    ]
    assert len(found[0]["saved"]) == len("2026-01-01")
    made = engine(root)
    run = shelf.opened(root, made, name, quiet)
    assert not made.ready  # nothing had to be simulated
    assert run.holds
    assert run.result.frames["streets"]["vehicles"].equals(
        store.open_run(root, name).frames["streets"]["vehicles"]
    )
    assert run.before.record["scenario"] == simulate.BASELINE
    assert made.runs[run.id] is run


def test_without_doing_nothing_kept_it_is_simulated(tmp_path: Path) -> None:
    root = served.folder(tmp_path)
    city = store.open(root)
    plan = scenario.parse(draft(STREET).text(), city)
    name = kept.keep(root, simulate.run(city, plan, year=YEAR, domains=(served.TRAFFIC,)), plan)
    run = shelf.opened(root, engine(root), name, quiet)
    assert run.before.record["year"] == YEAR


def test_a_run_of_a_city_that_has_changed_says_so_and_keeps_its_own_company(tmp_path: Path) -> None:
    root = served.folder(tmp_path)
    name = kept_run(root)
    changed(root)
    kept.keep(root, simulate.run(store.open(root), year=YEAR, domains=(served.TRAFFIC,)))
    assert [one["old"] for one in shelf.listed(root, store.open(root))] == [shelf.CHANGED]
    run = shelf.opened(root, engine(root), name, quiet)
    assert not run.holds
    assert run.before.record["city"] == tiny().digest
    with pytest.raises(UnknownError, match="not kept"):
        shelf.opened(root, engine(root), "nothing", quiet)
    idle = store.runs(root)[-1]
    with pytest.raises(Exception, match="without a plan"):
        shelf.opened(root, engine(root), idle, quiet)


def test_an_old_run_that_nothing_stands_beside_is_refused(tmp_path: Path) -> None:
    root = served.folder(tmp_path)
    city = store.open(root)
    plan = scenario.parse(draft(STREET).text(), city)
    name = kept.keep(root, simulate.run(city, plan, year=YEAR, domains=(served.TRAFFIC,)), plan)
    changed(root)
    with pytest.raises(Exception, match="not kept"):
        shelf.opened(root, engine(root), name, quiet)


def test_a_damaged_run_is_not_listed(tmp_path: Path) -> None:
    root = served.folder(tmp_path)
    name = kept_run(root)
    (root / "runs" / name / "record.json").write_text("{}")
    assert shelf.listed(root, store.open(root)) == []


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = served.folder(tmp_path_factory.mktemp("shelf"))
    with served.running(served.made(root)) as found:
        yield found


def test_a_run_of_the_studio_is_kept_listed_opened_and_published(at: Served) -> None:
    begun(at)
    run = simulated(at)
    name = at.post(f"/api/runs/{run['id']}/keep").json()["kept"]
    assert at.post(f"/api/runs/{run['id']}/keep").json()["kept"] == name  # once
    text = store.run_inputs(at.studio.root, name)[kept.PLAN]
    assert scenario.parse(text, tiny()).title == "Quiet streets"
    assert [one["id"] for one in at.get("/api/kept").json()] == [name]
    end = at.end(at.post(f"/api/kept/{name}/open").json()["job"])
    again: dict[str, Any] = end["run"]
    assert (again["title"], again["year"], again["holds"]) == ("Quiet streets", run["year"], True)
    assert again["summary"] == run["summary"]
    both = at.get(f"/api/figures/streets/vehicles?runs={run['id']},{again['id']}").json()
    assert both["values"][run["id"]] == both["values"][again["id"]]
    job = at.post("/api/publish", {"runs": [again["id"]]}).json()["job"]
    assert at.end(job)["event"] == "done"


def test_nothing_is_kept_in_a_twin_that_another_program_changed(tmp_path: Path) -> None:
    root = served.folder(tmp_path)
    made = engine(root)
    run = made.full(draft(STREET), None, quiet)
    changed(root)
    with pytest.raises(Exception, match="was changed since"):
        shelf.keep(root, made.city, run)
    assert store.runs(root) == []

"""Drawing, simulating and comparing through the routes of the studio."""

from __future__ import annotations

import gzip
import threading
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.twin.cities import tiny
from tests.twin.studio import served
from tests.twin.studio.served import STREETS, TRAFFIC, VEHICLES, filter_on
from twin import scenario, store
from twin.domain import Domain, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.twin.studio.served import Served

STREET = "w102:22-23"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = served.folder(tmp_path_factory.mktemp("studio"))
    with served.running(served.made(root)) as found:
        yield found


def begun(at: Served, name: str = "quiet", entries: Any = None) -> dict[str, Any]:
    """A new plan with a filter; one of that name is removed before."""
    old = at.get(f"/api/plans/{name}")
    if old.status_code == 200:
        at.post(f"/api/plans/{name}/remove", {"seen": old.json()["state"]})
    first = at.post("/api/plans", {"name": name, "title": "Quiet streets"})
    assert first.status_code == 201
    body = {"title": "Quiet streets", "interventions": entries or [filter_on(STREET)]}
    found = at.put(f"/api/plans/{name}", {"seen": first.json()["state"], "body": body})
    assert found.status_code == 200, found.text
    return dict(found.json())


def simulated(at: Served, name: str = "quiet") -> dict[str, Any]:
    end = at.end(at.post("/api/runs", {"plan": name}).json()["job"])
    assert end["event"] == "done", end
    return dict(end["run"])


def unpacked(block: str, kept: int, base: Any = None) -> list[float]:
    """Figures as `pack.figures` wrote them, by the definition of LEB128 and zigzag."""
    numbers, value, shift = [], 0, 0
    for byte in gzip.decompress(b64decode(block)):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value)
            value = shift = 0
    found = []
    for place, one in enumerate(numbers):
        whole = (one - 1) // 2 if (one - 1) % 2 == 0 else -one // 2
        before = 0 if base is None or np.isnan(base[place]) else round(base[place] * 10**kept)
        found.append(np.nan if one == 0 else (whole + before) / 10**kept)
    return found


def test_a_filter_changes_the_map_by_the_vehicles_of_its_street(at: Served) -> None:
    plan = begun(at)
    assert plan["reach"]["filter"]["count"] == 1
    run = simulated(at)
    town = at.get("/api/town").json()
    indicators = at.get("/api/indicators").json()["indicators"]
    one = next(i for i in indicators if i["column"] == "vehicles")
    base = unpacked(one["values"]["baseline"], one["kept"])
    assert sorted(v for v in base if not np.isnan(v)) == [VEHICLES] * STREETS
    found = at.get(f"/api/figures/streets/vehicles?runs={run['id']}").json()
    after = unpacked(found["values"][run["id"]], found["kept"], base)
    ids = gzip.decompress(b64decode(town["layers"]["streets"]["ids"])).decode().split("\n")
    told = dict(zip(ids, after, strict=True))
    assert np.isnan(told[STREET])
    others = [v for v in told.values() if not np.isnan(v)]
    assert others == pytest.approx([VEHICLES * STREETS / (STREETS - 1)] * (STREETS - 1), abs=0.06)
    assert plan["reach"]["filter"]["places"] == [ids.index(STREET)]


def test_undo_and_redo_walk_along_the_states(at: Served) -> None:
    plan = begun(at)
    back = at.post("/api/plans/quiet/undo", {"seen": plan["state"]}).json()
    assert back["body"]["interventions"] == []
    assert (back["can_undo"], back["can_redo"]) == (False, True)
    forth = at.post("/api/plans/quiet/redo", {"seen": back["state"]}).json()
    assert forth["body"] == plan["body"]


def test_whoever_saw_an_older_state_is_told_so_and_nothing_is_lost(at: Served) -> None:
    plan = begun(at)
    stale = at.put("/api/plans/quiet", {"seen": plan["state"] - 1, "body": {"interventions": []}})
    assert stale.status_code == 409
    assert "somebody else" in stale.json()["faults"][0]["reason"]
    assert at.get("/api/plans/quiet").json()["body"] == plan["body"]


def test_a_plan_that_does_not_fit_is_refused_with_every_fault(at: Served) -> None:
    first = at.post("/api/plans", {"name": "wrong"}).json()
    entries = [filter_on("w999:1-2"), {**filter_on(STREET), "id": "two", "colour": "red"}]
    found = at.put("/api/plans/wrong", {"seen": first["state"], "body": {"interventions": entries}})
    assert found.status_code == 422
    said = " ".join(one["place"] + one["reason"] for one in found.json()["faults"])
    assert "w999:1-2" in said
    assert "colour" in said
    assert at.get("/api/plans/wrong").json()["state"] == first["state"]


def test_the_saved_file_is_a_scenario_that_simulates_the_same(at: Served, tmp_path: Path) -> None:
    begun(at)
    text = at.get("/api/plans/quiet/yaml").text
    plan = scenario.parse(text, tiny())
    assert plan.title == "Quiet streets"
    assert list(plan.realised(tiny(), 2027)["filter"]) == [STREET]
    held = at.get("/api/plans/quiet").json()["state"]
    assert at.post("/api/plans/quiet/keep", {"seen": held}).status_code == 200
    assert store.scenarios(at.studio.root) == ["quiet"]
    again = at.post("/api/plans", {"name": "again", "text": text}).json()
    assert again["body"]["interventions"] == [filter_on(STREET)]


def test_four_runs_share_one_legend_and_a_fifth_is_refused(at: Served) -> None:
    streets = ["w102:22-23", "w102:21-22", "w101:11-12", "w103:31-32"]
    runs = []
    for number, street in enumerate(streets):
        begun(at, f"plan-{number}", [filter_on(street)])
        runs.append(simulated(at, f"plan-{number}")["id"])
    found = at.get(f"/api/figures/streets/vehicles?runs={','.join(runs)}").json()
    assert set(found["values"]) == set(runs)
    assert len(found["change"]["colours"]) == len(found["change"]["breaks"]) + 1
    assert (
        at.get(f"/api/figures/streets/vehicles?runs={','.join([*runs, runs[0]])}").status_code
        == 422
    )


def test_a_job_is_cancelled_and_the_next_one_runs(tmp_path: Path) -> None:
    reached, go_on = threading.Event(), threading.Event()
    slow = [False]

    def wait(city: Any, warm: Any, progress: Any) -> Outcome:
        if slow[0]:
            reached.set()
            go_on.wait(20)
        return TRAFFIC.run(city, warm, progress)

    slowly = Domain("traffic", "Traffic", ("streets",), lambda _city: "", wait)
    with served.running(served.made(served.folder(tmp_path), slowly)) as at:
        begun(at)
        slow[0] = True
        job = at.post("/api/runs", {"plan": "quiet"}).json()["job"]
        assert reached.wait(20)
        at.post(f"/api/jobs/{job}/cancel")
        go_on.set()
        assert at.end(job)["event"] == "cancelled"
        slow[0] = False
        simulated(at)


def test_two_run_some_wait_and_the_rest_is_sent_away(tmp_path: Path) -> None:
    go_on, slow = threading.Event(), [False]

    def wait(city: Any, warm: Any, progress: Any) -> Outcome:
        if slow[0]:
            go_on.wait(20)
        return TRAFFIC.run(city, warm, progress)

    slowly = Domain("traffic", "Traffic", ("streets",), lambda _city: "", wait)
    with served.running(served.made(served.folder(tmp_path), slowly)) as at:
        begun(at)
        slow[0] = True
        answers = [at.post("/api/runs", {"plan": "quiet"}) for _ in range(12)]
        status = [one.status_code for one in answers]
        assert status == [202] * 8 + [429] * 4
        assert answers[-1].headers["retry-after"] == "5"
        go_on.set()
        for one in answers[:8]:
            assert at.end(one.json()["job"])["event"] == "done"


def test_the_page_for_everybody_is_written_and_served(at: Served) -> None:
    begun(at)
    run = simulated(at)
    job = at.post("/api/publish", {"runs": [run["id"]], "title": "Quieter?"}).json()["job"]
    end = at.end(job)
    assert end["event"] == "done", end
    page = at.get("/page")
    assert page.status_code == 200
    assert "<h1>Quieter?</h1>" in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    kept = at.studio.page.read_text(encoding="utf-8")
    assert "connect-src" not in kept  # the file itself sends nothing anywhere
    served_ = page.text.replace("; connect-src 'self'", "")
    assert served_.replace('<body data-send="/public/contributions">', "<body>") == kept

"""Contributions through the studio: sent by anybody while it is open, moderated by planners."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
from ruamel.yaml import YAML

from tests.twin.studio import served
from twin import consultation, contributions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.twin.studio.served import Served

MIDTVEJ = [[12.3703, 55.6566], [12.3703, 55.6575]]


def opened(root: Path, first: int = -1, last: int = 1) -> None:
    """Open a consultation so many days from today."""
    today = datetime.now(UTC).date()
    content = {
        "schema": "consultation/1", "name": "quiet", "title": "Quiet streets?",
        "status": "informal", "opens": str(today + timedelta(first)),
        "closes": str(today + timedelta(last)), "controller": "Lilleby, town hall",
        "retention": str(today + timedelta(100)),
    }  # fmt: skip
    with (root / consultation.FILE).open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(content, file)


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = served.folder(tmp_path_factory.mktemp("people"))
    opened(root)
    with served.running(served.made(root)) as found:
        yield found


def line(at: Served) -> dict[str, Any]:
    """A line along one street of the town, in degrees."""
    streets = at.studio.city.streets
    shape = gpd.GeoSeries(streets.geometry.loc[["w202:12-22"]], crs=at.studio.city.crs)
    return dict(json.loads(shape.to_crs("EPSG:4326").to_json())["features"][0]["geometry"])


def sent(at: Served, text: str, **more: Any) -> Any:
    given = {"kind": "comment", "text": text, **more}
    body = {"schema": "contributions/1", "consultation": "quiet", "contributions": [given]}
    return at.client.post("/public/contributions", json=body, headers={"Origin": at.address})


def test_what_is_sent_is_kept_once_and_waits_for_a_moderator(at: Served) -> None:
    assert sent(at, "Too loud here").json() == {"new": 1, "known": 0}
    assert sent(at, "Too loud here").json() == {"new": 0, "known": 1}
    rows = contributions.table(at.studio.root)
    assert list(rows.loc[rows["text"] == "Too loud here", "state"]) == ["new"]


def test_published_hidden_answered_and_exported(at: Served) -> None:
    sent(at, "Close it", kind="wish", place=line(at))
    sent(at, "An insult by x@y.example")
    listed = at.get("/api/contributions").json()["contributions"]
    wish = next(one for one in listed if one["text"] == "Close it")
    insult = next(one for one in listed if "insult" in one["text"])
    assert "x@y.example" not in insult["text"]
    assert at.post(f"/api/contributions/{wish['id']}/state", {"state": "public"}).status_code == 200
    assert (
        at.post(f"/api/contributions/{insult['id']}/state", {"state": "hidden"}).status_code == 200
    )
    reply = {"reply": "We will", "changed": "partly", "why": "one street first"}
    assert at.post(f"/api/contributions/{wish['id']}/answer", reply).status_code == 200
    lines = at.get("/api/contributions/csv").text
    assert "Close it" in lines
    assert "We will" in lines
    assert "insult" not in lines
    layer = at.get("/api/contributions/gpkg").content
    assert layer.startswith(b"SQLite format 3")


def test_an_answer_that_changes_nothing_says_why(at: Served) -> None:
    sent(at, "A bench")
    found = at.get("/api/contributions").json()["contributions"][0]
    reply = {"reply": "No", "changed": "no", "why": ""}
    answer = at.post(f"/api/contributions/{found['id']}/answer", reply)
    assert answer.status_code == 422
    assert "why" in answer.json()["faults"][0]["reason"]


def test_a_drawn_wish_becomes_a_plan_that_simulates(at: Served) -> None:
    sent(at, "Only bicycles in Midtvej", kind="wish", place=line(at))
    listed = at.get("/api/contributions").json()["contributions"]
    wish = next(one for one in listed if "Midtvej" in one["text"])
    made = at.post(f"/api/contributions/{wish['id']}/plan", {"name": "wish", "start": 2027})
    assert made.status_code == 201, made.text
    plan = at.get("/api/plans/wish").json()
    assert plan["body"]["title"] == "Only bicycles in Midtvej"
    assert [one["count"] for one in plan["reach"].values()] == [1]
    job = at.post("/api/runs", {"plan": "wish"}).json()["job"]
    assert at.end(job)["event"] == "done"


@pytest.mark.parametrize(
    "place",
    [{"type": "Point", "coordinates": [0.0, 0.0]}, {"type": "Point"}, {"type": "Nothing"}, {},
     {"type": "LineString", "coordinates": [[12.37, 55.65]] * 600}],
)  # fmt: skip
def test_a_place_elsewhere_is_refused(at: Served, place: Any) -> None:
    answer = sent(at, "Somewhere", place=place)
    assert answer.status_code == 422
    assert "place" in answer.json()["faults"][0]["place"]


def test_nobody_can_send_to_another_consultation_or_too_late(tmp_path: Path) -> None:
    root = served.folder(tmp_path)
    with served.running(served.made(root)) as at:
        assert sent(at, "none").status_code == 404
        opened(root, -9, -2)
        assert sent(at, "late").status_code == 409
        opened(root, 2, 9)
        assert sent(at, "early").status_code == 409
        assert contributions.table(root).empty


def test_a_stranger_cannot_moderate_or_read(at: Served) -> None:
    origin = {"Origin": at.address}
    import httpx

    with httpx.Client(base_url=at.address, trust_env=False) as client:
        assert client.get("/api/contributions").status_code == 401
        path = "/api/contributions/0123456789abcdef/state"
        assert client.post(path, json={"state": "public"}, headers=origin).status_code == 401
    foreign = {"Origin": "https://evil.example"}
    body = {"schema": "contributions/1", "consultation": "quiet",
            "contributions": [{"kind": "comment", "text": "spam"}]}  # fmt: skip
    assert at.client.post("/public/contributions", json=body, headers=foreign).status_code == 403

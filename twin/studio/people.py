"""Routes of taking part: what citizens send, and what planners do with it."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path as File
from typing import TYPE_CHECKING, Annotated, Any, Final

import geopandas as gpd
import pandas as pd
from fastapi import APIRouter, HTTPException, Path, Request, Response

from layers.errors import InputError
from twin import consult_report, contributions, scenario, workbook
from twin.contributions import Contribution
from twin.studio import drafts
from twin.studio.messages import Contributions, Proposal, Reply, Verdict, file_of
from twin.studio.state import body_of

if TYPE_CHECKING:
    from twin.city import City
    from twin.studio.state import Studio

router = APIRouter()
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
AROUND: Final = 1_000.0
"""How far outside the boundary a place may lie [m]."""
GEOPACKAGE: Final = "application/geopackage+sqlite3"
SHOWN: Final = 500
"""Contributions that the page lists at a time [1]."""


def _studio(request: Request) -> Studio:
    found: Studio = request.app.state.studio
    return found


@router.post("/public/contributions", status_code=201)
def send(request: Request, given: Contributions) -> dict[str, int]:
    """Take in what somebody says on the public page; it is on the disk when this answers."""
    studio = _studio(request)
    held = studio.consultation
    if held is None or held.name != given.consultation:
        raise HTTPException(404, "There is no such consultation.")
    if not held.opens <= datetime.now(UTC).date() <= held.closes:
        raise HTTPException(409, "The consultation is not open.")
    found = [Contribution(channel="studio", **one.model_dump()) for one in given.contributions]
    new, known = contributions.add(studio.root, found, bounds=_bounds(studio.city))
    studio.changed()
    return {"new": new, "known": known}


def _bounds(city: City) -> tuple[float, ...]:
    area = gpd.GeoSeries([city.boundary.buffer(AROUND)], crs=city.crs).to_crs("EPSG:4326")
    return tuple(map(float, area.total_bounds))


@router.get("/api/contributions")
def listed(request: Request) -> dict[str, Any]:
    """What people sent, the newest first, addresses of mail and telephone left out."""
    rows = contributions.table(_studio(request).root)
    shown = rows.iloc[::-1].head(SHOWN)
    fields = (
        "received",
        "channel",
        "kind",
        "scenario",
        "topic",
        "state",
        "reply",
        "changed",
        "why",
    )
    return {
        "count": len(rows),
        "new": int((rows["state"] == "new").sum()),
        "contributions": [
            {"id": str(name), "text": contributions.public(row["text"]),
             "place": json.loads(row["place"]) if row["place"] else None,
             "answers": _answers(row["answers"]),
             **{field: row[field] for field in fields}}
            for name, row in shown.iterrows()
        ],
    }  # fmt: skip


def _answers(text: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(text) if text else {}
    return {question: contributions.public(answer) for question, answer in found.items()}


@router.post("/api/contributions/{name}/state")
def judge(request: Request, name: Id, verdict: Verdict) -> dict[str, Any]:
    """Publish a contribution, or hide it."""
    studio = _studio(request)
    contributions.moderate(studio.root, [name], verdict.state)
    studio.changed()
    return {}


@router.post("/api/contributions/{name}/answer")
def answer(request: Request, name: Id, reply: Reply) -> dict[str, Any]:
    """Keep what the town answers."""
    studio = _studio(request)
    row = pd.DataFrame([reply.model_dump()], index=pd.Index([name], name="id"), dtype="str")
    contributions.answer(studio.root, row)
    studio.changed()
    return {}


@router.post("/api/contributions/{name}/plan", status_code=201)
def propose(request: Request, name: Id, wanted: Proposal) -> dict[str, Any]:
    """Make a plan of what somebody drew."""
    studio = _studio(request)
    rows = contributions.table(studio.root)
    if name not in rows.index or not rows.loc[name, "place"]:
        raise HTTPException(404, "There is no such drawing.")
    row = rows.loc[name]
    entry = {
        "kind": wanted.kind,
        "id": f"wish-{name[:8]}",
        "where": _where(json.loads(row["place"]), wanted.within),
        "start": wanted.start,
    }
    body = {"title": contributions.public(row["text"])[:120], "interventions": [entry]}
    plan = scenario.parse(drafts.as_text(wanted.name, body), studio.city)
    made = drafts.create(studio.root, wanted.name, body_of(plan))
    studio.changed()
    return {"name": made.name, "state": made.state}


def _where(place: dict[str, Any], within: float) -> dict[str, Any]:
    if place.get("type") in {"Polygon", "MultiPolygon"}:
        return {"polygon": place}
    if place.get("type") not in {"Point", "LineString"}:
        advice = "Draw a point, a line or an area."
        raise InputError("wish", "place", "is a drawing of several parts.", advice)
    return {"drawn": {"line": place, "within": within}}


@router.get("/api/contributions/csv", response_class=Response, responses=file_of("text/csv"))
def table(request: Request) -> Response:
    """The response table of what is public, as `twin consult report` writes it."""
    studio = _studio(request)
    rows = consult_report.response_table(contributions.table(studio.root), studio.city)
    return _file(workbook.csv(rows), "text/csv", "contributions.csv")


@router.get("/api/contributions/gpkg", response_class=Response, responses=file_of(GEOPACKAGE))
def layer(request: Request) -> Response:
    """Public contributions with a place, as a layer for maps."""
    studio = _studio(request)
    shapes = consult_report.shapes(contributions.table(studio.root), studio.city)
    if shapes.empty:
        raise HTTPException(404, "No public contribution has a place.")
    with tempfile.TemporaryDirectory() as held:
        path = File(held) / "contributions.gpkg"
        shapes.to_file(path, driver="GPKG")
        content = path.read_bytes()
    return _file(content, GEOPACKAGE, "contributions.gpkg")


def _file(content: bytes, kind: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)

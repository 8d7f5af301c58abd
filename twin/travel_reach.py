"""Domain of what is within reach of every building, and what that means for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from layers import tables
from twin.domain import Domain, Indicator, Outcome, digest
from twin.mobility import walking, within_reach
from twin.mobility.active import active_parameters
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.schema import Progress
    from twin.city import City
    from twin.mobility.day import DayRun
    from twin.mobility.within_reach import Offer

WALKED: Final = (
    "geometry", "from_node", "to_node", "length", "highway", "state", "walk_forward",
    "walk_backward", "speed_kph", "mean_speed_kph", "lanes", "grade",
)  # fmt: skip
"""Columns of streets that ways on foot depend on."""
HOMES: Final = ("geometry", "state", "inside", "jobs", "people", "zone")
WAYS: Final = ("walk", "bicycle", "transit", "car")
SHOWN: Final = (within_reach.JOBS, within_reach.SHOPS)
"""What is told as a mean of people; the rest stands on the map."""


class _Kept(NamedTuple):
    """What was counted on foot and what each zone holds, with what they depend on."""

    key: str
    on_foot: pd.DataFrame
    zones: str
    held: Any


def _missing(city: City) -> str:
    streets = city.streets
    if city.buildings.empty:
        return "What is within reach is not computed: the area has no buildings."
    if not (streets["walk_forward"] | streets["walk_backward"]).any():
        return "What is within reach is not computed: no street is open to people on foot."
    return ""


def _within(
    city: City,
    warm: _Kept | None,
    progress: Progress,
    *,
    traffic: Outcome | None,
    access: Outcome | None,
) -> Outcome:
    buildings = city.buildings[standing(city.buildings)]
    minutes = tables.load("opportunities").set_index("what")["minutes"].astype(float)
    wanted = within_reach.offers(buildings, city.places, minutes)
    kept = _on_foot(city, wanted, warm, progress)
    parts = [kept.on_foot]
    if traffic is not None:
        parts += _between_zones(city, traffic.made, wanted, kept)
    frame = pd.concat([part.reindex(buildings.index) for part in parts], axis=1)
    people = _people(frame, city, [
        (f"{what}_{way}", [within_reach.column(what, way, minutes[what])])
        for what in SHOWN for way in WAYS
    ])  # fmt: skip
    if access is not None:
        people |= _minutes(access.frames["buildings"], city)
    return Outcome(
        frames={"buildings": frame},
        people=people,
        limits=within_reach.LIMITS,
        citations=walking.CITATIONS,
        warm=kept,
    )


def _on_foot(
    city: City, wanted: Mapping[str, Offer], warm: _Kept | None, progress: Progress
) -> _Kept:
    """What is within reach on foot, and what zones hold; of an earlier run what did not change."""
    buildings = city.buildings[standing(city.buildings)]
    offered = city.parts["places"].digest + digest(buildings, ("geometry", "jobs"))
    key = offered + city.parts["junctions"].digest + digest(city.streets, WALKED)
    zones = offered + digest(city.zones, ("geometry",))
    if warm is not None and (warm.key, warm.zones) == (key, zones):
        return warm
    progress("what is within reach on foot", 0.0)
    found = within_reach.along_streets(
        "walk", buildings.geometry.representative_point(), wanted, city.streets, city.junctions,
        active_parameters(),
    )  # fmt: skip
    return _Kept(key, found, zones, within_reach.held(wanted, city.zones))


def _between_zones(
    city: City, made: DayRun, wanted: Mapping[str, Offer], kept: _Kept
) -> list[pd.DataFrame]:
    """What is within reach by other ways of moving, for the zone of each building."""
    on_foot, zones = kept.on_foot, made.zones.index
    offered = kept.held[city.zones.index.get_indexer(zones)]
    home = city.buildings["zone"].reindex(on_foot.index)
    parts = []
    for way, mode in within_reach.ZONAL.items():
        if mode not in made.skims.time:
            continue
        found = within_reach.between_zones(way, made.skims.time[mode], offered, wanted, zones)
        part = found.reindex(home).set_axis(on_foot.index, axis=0)
        names = [name.replace(f"_{way}_", "_walk_") for name in part]
        # Who walks there sooner does so.
        parts.append(np.fmax(part, on_foot[names].set_axis(part.columns, axis=1)))
    return parts


def _people(
    frame: pd.DataFrame, city: City, wanted: list[tuple[str, list[str]]]
) -> dict[str, Indicator]:
    """Means of people inside over the mean of some columns; absent where nothing is known."""
    table = city.buildings.reindex(frame.index)
    people = table["people"].where(table["inside"].astype(bool), 0.0).fillna(0.0).to_numpy()
    found = {}
    for key, names in wanted:
        there = [name for name in names if name in frame]
        if not there:
            continue
        values = frame[there].mean(axis=1).to_numpy(np.float64)
        known = np.isfinite(values) & (people > 0.0)
        if known.any():
            found[key] = Indicator(float(np.average(values[known], weights=people[known])))
    return found


def _minutes(frame: pd.DataFrame, city: City) -> dict[str, Indicator]:
    """Minutes to the nearest of each need, mean over needs and people, by way of moving."""
    needs = list(active_parameters().needs["need"].unique())
    wanted = [(f"{way}_minutes", [f"{way}_{need}" for need in needs]) for way in WAYS]
    return _people(frame, city, [("needs_met", ["needs_met"]), *wanted])


DOMAIN: Final = Domain(
    "opportunities", "What is within reach",
    ("places", "junctions", "streets", "zones"), _missing, _within, needs=("traffic", "access"),
    columns={"buildings": HOMES},
)  # fmt: skip
"""What is within reach of every building."""

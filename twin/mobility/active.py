"""Load the figures of walking and cycling; engines get them as a record. No figure is a country's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

OTHER = "*"
"""Row of a table that stands for classes it does not list."""


@dataclass(frozen=True)
class Crossing:
    """Figures of waiting at crossings.

    Parameters
    ----------
    cycle
        Cycle of traffic signals [s].
    walk_green, bicycle_green
        Green in it for people on foot and for bicycles [s].
    start
        Time to look and to clear beside the walk across [s].
    speed
        Of crossing [km/h].
    lane
        Width of a lane [m].
    peak
        Share of a day's traffic in the hour of crossing [1].
    marked
        Share of the wait that remains where a crossing is marked [1].
    most
        Longest wait without signals [s].
    """

    cycle: float
    walk_green: float
    bicycle_green: float
    start: float
    speed: float
    lane: float
    peak: float
    marked: float
    most: float


@dataclass(frozen=True)
class Ride:
    """Speed of a bicycle.

    Parameters
    ----------
    speed
        On the flat [km/h].
    uphill, downhill
        Share of it lost uphill and won downhill per unit of gradient [1].
    fastest
        Descent beyond which riders brake [1].
    brake
        Share of the flat speed lost per unit of gradient beyond it [1].
    """

    speed: float
    uphill: float
    downhill: float
    fastest: float
    brake: float


@dataclass(frozen=True)
class StressTable:
    """Stress levels of one kind of carriageway.

    Parameters
    ----------
    vehicles : (rows,) [veh/d]
        Most cars a day of each row, rising.
    speed : (columns,) [km/h]
        Highest speed of each column, rising.
    level : (rows, columns) [1]
    """

    vehicles: NDArray[np.float64]
    speed: NDArray[np.float64]
    level: NDArray[np.float64]


@dataclass(frozen=True)
class ActiveParameters:
    """Figures of walking and cycling.

    Parameters
    ----------
    walk_speed, walk_leg, walk_fragment, walk_limit
        Walking speed [km/h]; farthest door from its street [m]; shortest connected piece of
        network in use [m]; walk within which a need is met [min].
    tobler, tobler_offset
        Decay of walking speed with the gradient [1]; descent on which it is highest [1].
    stairs
        Share of the walking speed that remains on stairs [1].
    grade_most
        Steepest gradient that is believed [1].
    crossing
        Waiting at crossings.
    bicycle, ebike
        Their speeds.
    felt
        Felt length of a way by path, street (cycle street) and stress level [1].
    stressed
        Lowest stress level that counts as stressed [1].
    stress
        Stress levels by what is there for bicycles (mixed or lane) and kind of carriageway.
    volumes
        Cars a day where nothing better is known, by class of way [veh/d].
    centrelines
        Whether two-way streets of a class usually have one.
    facilities
        What a value of a cycleway tag offers: track, lane, street or mixed.
    needs
        Rows of needs.csv: need, key, value.
    jobs_limit, shops_limit
        Time within which jobs and shops are counted [min].
    """

    walk_speed: float
    walk_leg: float
    walk_fragment: float
    walk_limit: float
    tobler: float
    tobler_offset: float
    stairs: float
    grade_most: float
    crossing: Crossing
    bicycle: Ride
    ebike: Ride
    felt: Mapping[str, float]
    stressed: int
    stress: Mapping[tuple[str, str], StressTable]
    volumes: Mapping[str, float]
    centrelines: Mapping[str, bool]
    facilities: Mapping[str, str]
    needs: pd.DataFrame
    jobs_limit: float
    shops_limit: float


def active_parameters() -> ActiveParameters:
    """Load every figure of walking and cycling."""
    walk, figures = tables.figures("mobility"), tables.figures("active")
    volumes = tables.load("street_volumes").set_index("highway")
    return ActiveParameters(
        walk_speed=walk["walk.speed"],
        walk_leg=walk["walk.leg"],
        walk_fragment=walk["walk.fragment"],
        walk_limit=walk["walk.limit"],
        tobler=figures["walk.tobler"],
        tobler_offset=figures["walk.tobler_offset"],
        stairs=figures["walk.stairs"],
        grade_most=figures["grade.most"],
        crossing=_crossing(figures),
        bicycle=_ride(figures, "bicycle"),
        ebike=_ride(figures, "ebike"),
        felt={
            name.removeprefix("stress."): value
            for name, value in figures.items()
            if name.startswith("stress.") and name != "stress.high"
        },
        stressed=int(figures["stress.high"]),
        stress=_stress(tables.load("stress")),
        volumes=volumes["value"].astype(float).to_dict(),
        centrelines=volumes["centreline"].eq("yes").to_dict(),
        facilities=tables.load("cycle_facilities").set_index("value_of_tag")["facility"].to_dict(),
        needs=tables.load("needs"),
        jobs_limit=figures["jobs.limit"],
        shops_limit=figures["shops.limit"],
    )


def _stress(rows: pd.DataFrame) -> dict[tuple[str, str], StressTable]:
    found = {}
    for (facility, carriageway), part in rows.groupby(["facility", "carriageway"]):
        grid = part.pivot_table(index="vehicles", columns="speed", values="stress")
        found[str(facility), str(carriageway)] = StressTable(
            grid.index.to_numpy(dtype=np.float64),
            grid.columns.to_numpy(dtype=np.float64),
            grid.to_numpy(dtype=np.float64),
        )
    return found


def _crossing(figures: Mapping[str, float]) -> Crossing:
    return Crossing(
        cycle=figures["walk.signal_cycle"],
        walk_green=figures["walk.signal_green"],
        bicycle_green=figures["bicycle.signal_green"],
        start=figures["crossing.start"],
        speed=figures["crossing.speed"],
        lane=figures["crossing.lane"],
        peak=figures["crossing.peak"],
        marked=figures["crossing.marked"],
        most=figures["crossing.most"],
    )


def _ride(figures: Mapping[str, float], kind: str) -> Ride:
    """Figures of a kind of bicycle; what it has no row for is that of the ordinary one."""
    named = {name: figures.get(f"{kind}.{name}", figures[f"bicycle.{name}"])
             for name in ("speed", "uphill", "downhill", "fastest", "brake")}  # fmt: skip
    return Ride(**named)

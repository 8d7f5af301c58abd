"""How many trips begin and end where: people, jobs, school places and shops of each zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers import tables
from twin import states
from twin.mobility.demand_parameters import CONSTRAINED, PURPOSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mobility.demand_parameters import DemandParameters

SCHOOL = "school"
MOST_OUTSIDE = 0.9
"""Most of a purpose's trips that may cross the boundary [1]."""


def of_zones(
    zones: pd.DataFrame, buildings: pd.DataFrame | None, parameters: DemandParameters
) -> pd.DataFrame:
    """What each zone holds: the synthetic population and the places it travels to.

    Parameters
    ----------
    zones
        City table.
    buildings
        City table with use, floor_area [m2] and zone; None if there are no buildings.
    parameters
        Shares of the employed, of pupils and of people with a car; places per floor area.

    Returns
    -------
    frame
        Index of `zones`; columns people, employed, pupils, with_car [people], jobs [jobs],
        school_places [places], retail and leisure [m2].
    """
    people = zones["people"].to_numpy(dtype=np.float64)
    held = pd.DataFrame({
        "people": people,
        "employed": people * parameters["employed"],
        "pupils": people * parameters["pupils"],
        "with_car": people * parameters["car.available"],
        "jobs": zones["jobs"].to_numpy(dtype=np.float64),
    }, index=zones.index)  # fmt: skip
    areas = _areas(zones.index, buildings)
    return held.assign(
        school_places=areas[SCHOOL] * parameters["school.places"],
        retail=areas["retail"],
        leisure=areas["leisure"],
    )


def _areas(zones: pd.Index, buildings: pd.DataFrame | None) -> pd.DataFrame:
    """Floor area by zone and by what it draws trips for [m2]."""
    drawn = tables.load("trip_uses").set_index("use")["quantity"]
    kinds = sorted(drawn.unique())
    if buildings is None or buildings.empty:
        return pd.DataFrame(0.0, index=zones, columns=kinds)
    standing = buildings[states.standing(buildings)] if "state" in buildings else buildings
    kind = standing["use"].map(drawn)
    found = {
        one: standing["floor_area"][kind == one].groupby(standing["zone"]).sum() for one in kinds
    }
    return pd.DataFrame(found).reindex(zones).fillna(0.0).astype("float64")


def productions(held: pd.DataFrame, parameters: DemandParameters) -> NDArray[np.float64]:
    """Trips that a zone's people make, by purpose (purposes, zones) [1/d].

    Trips that do not begin at home begin where such trips end, as many as the people make.

    Parameters
    ----------
    held
        From `of_zones`.
    parameters
        Trips of a resident.
    """
    people = held["people"].to_numpy()
    made = parameters.rate[:, None] * people[None, :]
    away = PURPOSES.index("not_home_based")
    drawn = _drawn(held, parameters, "not_home_based")
    if drawn.sum() > 0.0:
        made[away] = drawn * (made[away].sum() / drawn.sum())
    return np.asarray(made)


def inside(
    produced: NDArray[np.float64], parameters: DemandParameters, outside: float
) -> NDArray[np.float64]:
    """Trips that stay inside when so many of them cross the boundary (purposes, zones) [1/d].

    Purposes with longer trips cross it more often, in proportion to their length; of no purpose do
    more than `MOST_OUTSIDE`.

    Parameters
    ----------
    produced : (purposes, zones) [1/d]
        From `productions`.
    parameters
        Mean lengths.
    outside
        Trips of residents across the boundary [1/d].
    """
    weighted = float(produced.sum(axis=1) @ parameters.length)
    if not weighted > 0.0:
        return produced
    gone = np.minimum(outside * parameters.length / weighted, MOST_OUTSIDE)
    return np.asarray(produced * (1.0 - gone)[:, None])


def attractions(
    held: pd.DataFrame, parameters: DemandParameters, produced: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Trips that a zone draws, by purpose (purposes, zones) [1/d], as many as are made.

    Where a town has none of what a purpose needs, trips end where people live.

    Parameters
    ----------
    held
        From `of_zones`.
    parameters
        Weights of what draws trips.
    produced : (purposes, zones) [1/d]
        From `productions`.
    """
    people = held["people"].to_numpy()
    found = np.empty_like(produced)
    for number, purpose in enumerate(PURPOSES):
        drawn = _drawn(held, parameters, purpose)
        drawn = drawn if drawn.sum() > 0.0 else people
        total = drawn.sum()
        found[number] = drawn * (produced[number].sum() / total) if total > 0.0 else 0.0
    return found


def _drawn(held: pd.DataFrame, parameters: DemandParameters, purpose: str) -> NDArray[np.float64]:
    weights = parameters.attraction[purpose]
    parts = [weight * held[quantity].to_numpy() for quantity, weight in weights.items()]
    return np.asarray(np.sum(parts, axis=0))


def constrained(purpose: str) -> bool:
    """Whether the places of a purpose are taken, so that its trips end at each in proportion."""
    return purpose in CONSTRAINED

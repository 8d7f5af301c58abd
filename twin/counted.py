"""Counts of a City's census shared out to its buildings, with the totals of every zone kept."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from layers import tables
from layers.tables import SOURCE_SUFFIX, SPREAD_SUFFIX
from twin import states
from twin.area import middles
from twin.complete import defaults, neighbours
from twin.complete.shares import share_out
from twin.records import with_drops
from twin.renewal import LEFT, completed_anew

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.city import City

GRADE: Final = "census"
SOURCE: Final = "population"
COUNTS: Final = ("people", "jobs")
EMPTY: Final = "zone without buildings to share its {} out to"
MORE: Final = "registers count more {} in the zone than it has"
FALLBACK: Final = "{} shared out to all buildings: none of the zone's is of the kind"


@dataclass(frozen=True)
class Shared:
    """A City with counts shared out, and where they went.

    Parameters
    ----------
    city
        The new City.
    totals
        By quantity (people, jobs): stated in zones of the model area, placed in buildings, left in
        zones without buildings, and placed in buildings of another kind [1].
    """

    city: City
    totals: Mapping[str, Mapping[str, float]]

    @property
    def lines(self) -> list[str]:
        """What became of the counts, in words."""
        words = []
        for name, sums in self.totals.items():
            text = f"{sums['placed']:,.0f} of {sums['stated']:,.0f} {name} in buildings"
            text += f", {sums['left']:,.0f} in {sums['zones_left']:,.0f} zones without buildings."
            words.append(text)
        if any(sums["left"] for sums in self.totals.values()):
            words.append("Who is counted where no building is mapped travels, but needs no heat.")
        return words


def share(city: City) -> Shared:
    """Share the counts of a City's census out to its buildings; complete anew what follows.

    People go to residential buildings, jobs to all others, in proportion to floor area; where a
    zone has none of the kind, to all its standing buildings. What a zone states is kept exactly;
    what could not be placed is counted in the drops and stays with the zone: its people travel from
    its middle. A building whose people a register says keeps them, and the zone's other buildings
    share the rest.

    Parameters
    ----------
    city
        The City with its census.
    """
    zones, houses = city.census, city.buildings
    losses = {}
    kept = zones.assign(**dict.fromkeys(LEFT.values(), 0.0))
    zone = zone_of(houses, zones, zones["reach"].min())
    weights = _weights(city, houses)
    totals = {}
    for name in (name for name in COUNTS if zones[name].notna().any()):
        stated = zones[name].to_numpy(float)
        houses, divided = _applied(houses, stated, zone, weights[name], name)
        kept[LEFT[name]] = divided.left
        left, other = divided.left > 0, (divided.used == 1) & (divided.rest > 0)
        losses[EMPTY.format(name)] = zones.index[left]
        losses[FALLBACK.format(name)] = zones.index[other]
        losses[MORE.format(name)] = zones.index[divided.excess > 0]
        totals[name] = {
            "stated": fsum(stated[~np.isnan(stated)]),
            "placed": fsum((stated - divided.left + divided.excess)[~np.isnan(stated)]),
            "left": fsum(divided.left),
            "zones_left": float(left.sum()),
            "excess": fsum(divided.excess),
            "fallback": fsum(divided.rest[other]),
        }
    known = with_drops(city.replace(census=kept), SOURCE, losses)
    return Shared(completed_anew(known, houses), totals)


def zone_of(
    buildings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, reach: float
) -> NDArray[np.int64]:
    """Number of the zone that holds each building's middle, -1 for none.

    Of areas that overlap the first counts; a point holds what is nearer to it than to any other
    and not farther than the reach.

    Parameters
    ----------
    buildings, zones
        Tables in one metric CRS.
    reach
        How far points go [m].
    """
    spots = middles(buildings.geometry.to_numpy())
    if zones.geometry.geom_type.eq("Point").all():
        if not len(spots):
            return np.full(0, -1)
        distance, nearest = cKDTree(neighbours.xy(zones.geometry)).query(
            neighbours.xy(gpd.GeoSeries(spots))
        )
        far = distance > reach if np.isfinite(reach) else np.zeros(len(spots), bool)
        return np.where(far, -1, nearest).astype(np.int64)
    member, holder = zones.sindex.query(spots, predicate="intersects")
    found = np.full(len(spots), len(zones))
    np.minimum.at(found, member, holder)
    return np.where(found < len(zones), found, -1).astype(np.int64)


def _weights(
    city: City, houses: pd.DataFrame
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Floor area [m2] of the kind that holds people or jobs, and of any kind."""
    uses = defaults.load(city.country).uses["residential"].astype(bool)
    area = houses["floor_area"].where(states.standing(houses), 0.0).to_numpy(float)
    home = houses["use"].map(uses).fillna(value=False).to_numpy(bool)
    heated = houses["heated"].to_numpy(bool)
    return {
        "people": (np.where(home, area, 0.0), area),
        "jobs": (np.where(~home & heated, area, 0.0), area),
    }


@dataclass(frozen=True)
class _Divided:
    """What was divided by zone: weight used, rest beside registers, left over, counted beyond."""

    used: NDArray[np.int64]
    rest: NDArray[np.float64]
    left: NDArray[np.float64]
    excess: NDArray[np.float64]


def _applied(
    houses: gpd.GeoDataFrame,
    stated: NDArray[np.float64],
    zone: NDArray[np.int64],
    weights: tuple[NDArray[np.float64], NDArray[np.float64]],
    name: str,
) -> tuple[gpd.GeoDataFrame, _Divided]:
    """Buildings with the counts of their zones; what registers say of a building stays."""
    told = houses[name + SOURCE_SUFFIX].map(tables.grades()["class"]).eq("observed").to_numpy(bool)
    known = told & (zone >= 0)
    sums = np.bincount(zone[known], houses[name].to_numpy(float)[known], minlength=len(stated))
    rest = np.maximum(stated - sums, 0.0)
    values, used = share_out(zone, rest, [np.where(told, 0.0, weight) for weight in weights])
    new = pd.Series(values, houses.index)
    take = new.notna() & ~told
    share = tables.figures("census", "twin.data")["spread_share"]
    done = houses.assign(**{
        name: houses[name].mask(take, new),
        name + SOURCE_SUFFIX: houses[name + SOURCE_SUFFIX].mask(take, GRADE).astype("str"),
        name + SPREAD_SUFFIX: houses[name + SPREAD_SUFFIX].mask(take, new * share),
    })  # fmt: skip
    left = np.where(used < 0, np.nan_to_num(rest), 0.0)
    return done, _Divided(used, rest, left, np.nan_to_num(np.maximum(sums - stated, 0.0)))

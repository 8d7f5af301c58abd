"""Minutes from every building and address to what people need every day, by every way of moving."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.linalg import block_diag

from twin.mobility import bicycle, elimination, moving, reach, walking
from twin.mobility import opportunities as in_reach
from twin.mobility import riding as rides

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.active import ActiveParameters
    from twin.mobility.moving import Way
    from twin.mobility.reach import Net, Points
    from twin.mobility.riding import Riding
    from twin.mobility.walking import Walks

    Floats = NDArray[np.float64]

TRANSIT: Final = "transit"
"""The need that the table of stops serves, and the way of moving that uses them."""

DOORS, BOARD = ":doors", ":stops"
"""Names of the points that people set out from, and of the stops they board at."""

SHOP: Final = "shop"
"""Key of places that count as shops (OSM)."""

ON_OWN: Final[tuple[Way, ...]] = ("walk", "bicycle")
"""Ways of moving that are worked out if none are named."""

CITATIONS: Final = tuple(
    dict.fromkeys((*walking.CITATIONS, *bicycle.CITATIONS, *elimination.CITATIONS))
)


RIDDEN: Final = (
    "Minutes by public transport are those of the middle departure of the window; who walks all the "
    "way sooner does so."
)


@dataclass(frozen=True)
class AccessRun:
    """Minutes to daily needs, and what is within reach.

    Parameters
    ----------
    frame
        Index: ids of standing buildings. Columns <way>_<need> [min], missing where no way leads to
        any such place; needs_met [1], how many needs are met on foot, missing where no street is
        near; where asked for, jobs_<way>_<minutes> [jobs] and shops_<way>_<minutes> [1].
    addresses
        The same of the addresses; without rows if none were given.
    counts
        Plain numbers: buildings, addresses, those without a street nearby, places off the network,
        streets left out as scraps, and by need the places and the buildings that reach none.
    limits
        What the model cannot see, in plain sentences.
    citations
        Papers behind it.
    """

    frame: pd.DataFrame
    addresses: pd.DataFrame
    counts: dict[str, int]
    limits: tuple[str, ...]
    citations: tuple[str, ...]


@dataclass(frozen=True)
class _Places:
    """What is looked for: points of every need, and what counts as opportunity."""

    needs: Mapping[str, gpd.GeoSeries]
    offers: Mapping[str, tuple[gpd.GeoSeries, Floats, float]]


def run(
    buildings: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    parameters: ActiveParameters,
    *,
    stops: gpd.GeoDataFrame | None = None,
    addresses: gpd.GeoDataFrame | None = None,
    ways: Sequence[Way] = ON_OWN,
    needs: pd.DataFrame | None = None,
    opportunities: bool = False,
    vehicles: pd.Series | None = None,
    car_minutes: pd.DataFrame | None = None,
    riding: Riding | None = None,
    left_hand: bool = False,
) -> AccessRun:
    """Work out how long it takes from each building and address to what people need every day.

    Each is tied to the nearest point of the nearest street that the way of moving may use, and so
    is a place; the way between runs along streets, in the directions in which they may be used.

    Parameters
    ----------
    buildings, places, streets, junctions
        City tables. Streets whose ends are no junctions are left out.
    parameters
        Speeds, waits, limits; the usual needs.
    stops
        City table; without it the need transit is not computed.
    addresses
        City table; without it addresses are not computed.
    ways
        Ways of moving: walk, bicycle, ebike, car. Walking is always among them.
    needs
        Further needs of the user's own: columns need, key and value, as in needs.csv.
    opportunities
        Whether jobs and shops within reach are counted, which takes far longer than the needs.
    vehicles
        Cars a day by street id [veh/d], as far as known: they make crossings wait and streets
        stressful.
    car_minutes
        Minutes of a car by street; see `moving.net`.
    riding
        Public transport (`riding.by_timetable`); without it minutes by it are not computed.
    left_hand
        Whether traffic keeps to the left.
    """
    standing = buildings[buildings["state"] != "removed"]
    doors = _doors(standing, addresses)
    wanted = _wanted(standing, places, stops, parameters, needs, opportunities)
    chosen: list[Way] = ["walk", *(way for way in ways if way != "walk")]
    ties: dict[str, tuple[Walks, dict[str, Points]]] = {}
    columns: dict[str, Floats] = {}
    counts: dict[str, int] = {}
    for way in chosen:
        mode = moving.NETWORKS[way]
        if mode not in ties:
            walks = walking.network(streets, junctions, parameters.walk_fragment, mode)
            ties[mode] = walks, moving.tied(walks, _groups(doors, wanted, riding), parameters)
        walks, tied = ties[mode]
        net = moving.net(way, walks, streets, junctions, parameters, vehicles=vehicles,
                         car_minutes=car_minutes, left_hand=left_hand)  # fmt: skip
        columns |= {f"{way}_{need}": _minutes(net, tied[DOORS], tied[need])
                    for need in wanted.needs if way != "car" or need != TRANSIT}  # fmt: skip
        if way == "walk":
            columns["needs_met"] = _met(columns, tied[DOORS], parameters.walk_limit)
            counts = _counts(walks.scraps, tied, wanted, len(standing))
            columns |= _ridden(net, tied, wanted, riding)
        columns |= _in_reach(way, net, tied, wanted)
    frame = pd.DataFrame(columns, index=doors.index)
    homes, others = frame.iloc[: len(standing)], frame.iloc[len(standing) :]
    for need in wanted.needs:
        counts[f"places_{need}"] = len(wanted.needs[need])
        counts[f"unreached_{need}"] = int(homes[f"walk_{need}"].isna().sum())
    said = _limits(counts, wanted, chosen, parameters, stops, streets, vehicles)
    if riding is not None:
        said.append(RIDDEN)
    papers = CITATIONS if riding is None else (*CITATIONS, *rides.CITATIONS)
    return AccessRun(homes, others, counts, tuple(said), papers)


def _groups(
    doors: gpd.GeoSeries, wanted: _Places, riding: Riding | None
) -> dict[str, gpd.GeoSeries]:
    """All points that are tied to a network, by name; what is offered and stops as ``:name``."""
    offers = {f":{name}": points for name, (points, _, _) in wanted.offers.items()}
    stops = {} if riding is None else {BOARD: riding.stops}
    return {DOORS: doors, **wanted.needs, **offers, **stops}


def _doors(standing: gpd.GeoDataFrame, addresses: gpd.GeoDataFrame | None) -> gpd.GeoSeries:
    """Where people set out: the middle of every building, then every address."""
    homes = standing.geometry.representative_point()
    if addresses is None:
        return homes
    return pd.concat([homes, addresses.geometry])


def _wanted(
    standing: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    stops: gpd.GeoDataFrame | None,
    parameters: ActiveParameters,
    own: pd.DataFrame | None,
    opportunities: bool,
) -> _Places:
    rows = parameters.needs if own is None else pd.concat([parameters.needs, own])
    needs = {}
    for need, tags in rows.groupby("need", sort=False):
        if need == TRANSIT and stops is not None:
            needs[str(need)] = stops.geometry
        elif need != TRANSIT:
            needs[str(need)] = _of_need(str(need), tags, places)
    if not opportunities:
        return _Places(needs, {})
    shops = places.geometry[(places["key"] == SHOP).to_numpy(dtype=bool)]
    jobs = standing[standing["jobs"] > 0]
    offers = {
        "jobs": (jobs.geometry.representative_point(), jobs["jobs"].to_numpy(dtype=np.float64),
                 parameters.jobs_limit),
        "shops": (shops, np.ones(len(shops)), parameters.shops_limit),
    }  # fmt: skip
    return _Places(needs, offers)


def _of_need(need: str, tags: pd.DataFrame, places: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Places that the reader found to serve a need, and those of a user's own tags."""
    told = (places["need"] == need).fillna(value=False).to_numpy(dtype=bool)
    pairs = pd.MultiIndex.from_frame(tags[["key", "value"]])
    tagged = pd.MultiIndex.from_frame(pd.DataFrame(places[["key", "value"]])).isin(pairs)
    return places.geometry[told | tagged]


def _minutes(net: Net, doors: Points, goals: Points) -> Floats:
    """Minutes from each door to the nearest goal on the way that costs least; NaN if none."""
    _, carried = reach.nearest(net, doors, goals)
    return np.where(np.isfinite(carried[:, 0]), carried[:, 0], np.nan)


def _met(columns: Mapping[str, Floats], doors: Points, limit: float) -> Floats:
    """How many needs are met on foot; NaN where no street is near."""
    met = np.zeros(len(doors.segment))
    for minutes in columns.values():
        met += minutes <= limit
    return np.where(doors.segment >= 0, met, np.nan)


def _ridden(
    walk: Net, tied: Mapping[str, Points], wanted: _Places, riding: Riding | None
) -> dict[str, Floats]:
    """Minutes by public transport, or all the way on foot where that is quicker."""
    if riding is None:
        return {}
    stops, found = tied[BOARD], {}
    for need in wanted.needs:
        if need == TRANSIT:
            continue
        goals = tied[need]
        egress, _ = reach.nearest(walk, stops, goals)
        onward = riding.onward(egress)
        there = np.isfinite(onward) & (stops.segment >= 0)
        board = replace(stops, segment=np.where(there, stops.segment, -1),
                        leg=stops.leg + np.where(there, onward, 0.0))  # fmt: skip
        both = reach.Points(*(np.concatenate([getattr(goals, name), getattr(board, name)])
                              for name in ("segment", "share", "leg")))  # fmt: skip
        found[f"{TRANSIT}_{need}"] = _minutes(walk, tied[DOORS], both)
    return found


def _in_reach(way: Way, net: Net, tied: Mapping[str, Points], wanted: _Places) -> dict[str, Floats]:
    """What can be reached in time: sums of jobs, numbers of shops."""
    if not wanted.offers:
        return {}
    groups = [tied[f":{name}"] for name in wanted.offers]
    goals = reach.Points(*(np.concatenate([getattr(each, name) for each in groups])
                           for name in ("segment", "share", "leg")))  # fmt: skip
    weights = block_diag(*(weights[:, None] for _, weights, _ in wanted.offers.values()))
    limits = np.array([limit for _, _, limit in wanted.offers.values()])
    sums = in_reach.within(net, tied[DOORS], goals, weights, limits)
    return {f"{name}_{way}_{limit:g}": sums[:, column]
            for column, (name, limit) in enumerate(zip(wanted.offers, limits, strict=True))}  # fmt: skip


def _counts(scraps: int, tied: Mapping[str, Points], wanted: _Places, homes: int) -> dict[str, int]:
    off = tied[DOORS].segment < 0
    return {
        "buildings": homes,
        "addresses": len(off) - homes,
        "buildings_off_network": int(off[:homes].sum()),
        "addresses_off_network": int(off[homes:].sum()),
        "places_off_network": sum(int((tied[need].segment < 0).sum()) for need in wanted.needs),
        "streets_left_out": scraps,
    }


def _limits(
    counts: Mapping[str, int],
    wanted: _Places,
    ways: Sequence[Way],
    parameters: ActiveParameters,
    stops: gpd.GeoDataFrame | None,
    streets: gpd.GeoDataFrame,
    vehicles: pd.Series | None,
) -> list[str]:
    """What the model cannot see, and what it left out this time."""
    sentences = [
        "Places outside the model area are not seen: near its edge ways may be shorter.",
        (
            f"Everybody walks at {parameters.walk_speed:g} km/h on the flat and waits at signals "
            "and for gaps in the traffic of busy roads."
        ),
        "A way begins in the middle of the building; a park is reached at one point inside it.",
    ]  # fmt: skip
    if "grade" not in streets.columns:
        sentences.append("No terrain is attached: all streets count as flat.")
    if vehicles is None:
        sentences.append("Traffic that people wait for is what is usual of the class of road.")
    if "bicycle" in ways or "ebike" in ways:
        sentences += bicycle.LIMITS
    if "car" in ways:
        sentences.append("Minutes by car hold no walk to it and no search for parking.")
    for what, lost in (("Buildings", "buildings_off_network"), ("Places", "places_off_network"),
                       ("Addresses", "addresses_off_network")):  # fmt: skip
        if counts[lost]:
            sentences.append(
                f"{what} left out because no walkable street is within {parameters.walk_leg:g} m: "
                f"{counts[lost]}."
            )
    sentences += [f"No place for the need {need} is mapped in the area: it counts as met for nobody."
                  for need in wanted.needs if not counts[f"places_{need}"]]  # fmt: skip
    if stops is None:
        sentences.append("Stops of public transport are not given: walks to them are not computed.")
    return sentences

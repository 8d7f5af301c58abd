"""Ways of people before and after a plan: to daily needs, of help, to school, without barriers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from layers import tables
from twin.mobility import emergency, school_ways, shortest
from twin.mobility.moving import NETWORKS
from twin.mobility.school_ways import Habits
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.city import City
    from twin.mobility.active import ActiveParameters
    from twin.mobility.moving import Way
    from twin.result import Result

WAYS: Final[tuple[Way, ...]] = ("walk", "bicycle", "car")
"""Ways of moving whose metres are told."""
TIMED: Final = ("walk", "bicycle", "ebike", "car", "transit")
"""Ways of moving whose minutes are told."""
STOPS: Final = "transit"
SCHOOL: Final = "school"
OBSERVED, ESTIMATED, ASSUMED = "observed", "estimated", "assumed"
EVIDENCE: Final = "evidence"
"""Column that says what the figures of a row are worth: observed, estimated or assumed."""


@dataclass(frozen=True)
class Case:
    """A City and what was computed for it."""

    city: City
    result: Result

    @property
    def vehicles(self) -> pd.Series:
        """Vehicles by street [veh/d]."""
        frame = self.result.frames.get("streets")
        if frame is None or "vehicles" not in frame:
            return pd.Series(np.nan, self.city.streets.index, name="vehicles")
        return frame["vehicles"].reindex(self.city.streets.index)

    @property
    def car_minutes(self) -> pd.DataFrame | None:
        """Minutes of cars by street, where traffic was computed in this process."""
        state = self.result.warm.get("traffic")
        made = state.outcome.made if state is not None else None
        return None if made is None else made.car_minutes


def _needs(city: City, active: ActiveParameters) -> dict[str, gpd.GeoSeries]:
    """Places by daily need, and stops."""
    names = active.needs["need"].unique()
    places = city.places
    found = {
        str(need): places.geometry[(places["need"] == need).fillna(value=False).to_numpy(bool)]
        for need in names
        if need != STOPS
    }
    return {**found, STOPS: city.stops.geometry}


def addresses(old: Case, new: Case, active: ActiveParameters) -> pd.DataFrame:
    """Minutes and metres of every address by mode, before and after; losers first."""
    frames = [case.result.frames.get("addresses") for case in (old, new)]
    table = _named(old.city)
    worst = pd.Series(0.0, table.index)
    for way in TIMED:
        known = [_of_needs(frame, way, table.index) for frame in frames]
        if known[0].isna().all(axis=None) or frames[1] is None:
            continue
        minutes = _means([known[0], known[1].reindex(columns=known[0].columns)])
        table[f"{way} before [min]"], table[f"{way} after [min]"] = minutes
        table[f"{way} change [min]"] = minutes[1] - minutes[0]
        table[f"{way} needs lost [1]"] = _lost(frames[0], frames[1], way, table.index)
        worst = np.fmax(worst, table[f"{way} change [min]"])
        if way in WAYS:
            metres = _means([_metres(case.city, active, way, old.city) for case in (old, new)])
            table[f"{way} before [m]"], table[f"{way} after [m]"] = metres
            table[f"{way} change [m]"] = metres[1] - metres[0]
    lost = [name for name in table if name.endswith("needs lost [1]")]
    order = pd.DataFrame({"lost": table[lost].sum(axis=1), "worst": worst})
    ranked = order.sort_values(["lost", "worst"], ascending=False, kind="stable").index
    return table.loc[ranked].assign(**{EVIDENCE: ESTIMATED})


def worse(table: pd.DataFrame, least: float) -> int:
    """Addresses that lose a need or so many minutes by any way of moving [1].

    Parameters
    ----------
    table
        Of `addresses`.
    least
        Minutes from which a way counts as longer [min].
    """
    longer = table[[name for name in table if name.endswith("change [min]")]].ge(least).any(axis=1)
    lost = table[[name for name in table if name.endswith("needs lost [1]")]].gt(0).any(axis=1)
    return int((longer | lost).sum())


def _named(city: City) -> pd.DataFrame:
    known = city.addresses[["street", "housenumber"]]
    return pd.DataFrame(known).rename(columns={"housenumber": "number"})


def _of_way(frame: pd.DataFrame | None, way: str) -> list[str]:
    """Columns of minutes of a way of moving."""
    names = [] if frame is None else frame.columns
    return [name for name in names if name.startswith(f"{way}_") and f"{way}_{STOPS}" != name]


def _of_needs(frame: pd.DataFrame | None, way: str, index: pd.Index) -> pd.DataFrame:
    """Minutes to each daily need (addresses, needs) [min]."""
    names = _of_way(frame, way)
    if frame is None or not names:
        return pd.DataFrame(index=index)
    return frame[names].reindex(index)


def _means(both: list[pd.DataFrame]) -> list[pd.Series]:
    """Means over the needs that are reached before and after; missing where there are none."""
    names = both[0].columns.intersection(both[1].columns)
    known = both[0][names].notna() & both[1][names].notna()
    return [one[names].where(known).mean(axis=1) for one in both]


def _lost(
    before: pd.DataFrame | None, after: pd.DataFrame | None, way: str, index: pd.Index
) -> pd.Series:
    """Needs that no way leads to any more [1]."""
    assert before is not None
    assert after is not None
    names = _of_way(before, way)
    was, now = (frame.reindex(index).reindex(columns=names) for frame in (before, after))
    return (was.notna() & now.isna()).sum(axis=1)


def _metres(city: City, active: ActiveParameters, way: Way, home: City) -> pd.DataFrame:
    """Metres to each daily need (addresses, needs) [m]."""
    goals = {name: at for name, at in _needs(city, active).items() if len(at) and name != STOPS}
    if not goals or home.addresses.empty:
        return pd.DataFrame(index=home.addresses.index)
    return shortest.metres(
        city.streets, city.junctions, home.addresses.geometry, goals, active, NETWORKS[way]
    )


def help_minutes(old: Case, new: Case, active: ActiveParameters) -> pd.DataFrame:
    """Minutes of help to every address, with filters that let it pass and with such that do not.

    Buildings without an address stand for themselves.
    """
    stations, towards = _stations(old.city)
    doors, named = _doors(old.city)
    if not stations or doors.empty:
        return pd.DataFrame({EVIDENCE: pd.Series(dtype="str")}, index=doors.index[:0])
    cases = {"before": (old, True), "after": (new, True), "after, filters shut": (new, False)}
    may = emergency.rules()
    found = {
        name: emergency.minutes(
            case.city.streets, case.city.junctions, doors, stations, active, may,
            car_minutes=_minutes_by_street(case, old), passable=passable, towards=towards,
        )
        for name, (case, passable) in cases.items()
    }  # fmt: skip
    table = named
    for service in stations:
        for name, minutes in found.items():
            table[f"{service} {name} [min]"] = minutes[service]
        change = found["after"][service] - found["before"][service]
        table[f"{service} change [min]"] = change
        table[f"{service} cut off [1]"] = (
            found["after"][service].isna() & found["before"][service].notna()
        ).astype("int64")
    cut = table[[name for name in table if name.endswith("cut off [1]")]].sum(axis=1)
    worst = table[[name for name in table if name.endswith("change [min]")]].max(axis=1)
    order = pd.DataFrame({"cut": cut, "worst": worst.fillna(0.0)})
    ranked = order.sort_values(["cut", "worst"], ascending=False, kind="stable").index
    return table.loc[ranked].assign(**{EVIDENCE: ESTIMATED})


def _doors(city: City) -> tuple[gpd.GeoSeries, pd.DataFrame]:
    """Addresses, then standing buildings that have none, with street and number."""
    addresses, buildings = city.addresses, city.buildings[standing(city.buildings)]
    known = addresses["building_id"].dropna()
    bare = buildings[~buildings.index.isin(known) & ~buildings.index.isin(addresses.index)]
    own = gpd.GeoSeries(addresses.geometry, crs=city.crs)
    doors = pd.concat([own, bare.geometry.representative_point()])
    return gpd.GeoSeries(doors, crs=city.crs), _named(city).reindex(doors.index)


def _minutes_by_street(case: Case, before: Case) -> pd.DataFrame | None:
    """Minutes of cars by street; on one closed by now those from before."""
    now, was = case.car_minutes, before.car_minutes
    return now if now is None or was is None else now.combine_first(was)


def _stations(city: City) -> tuple[dict[str, gpd.GeoSeries], tuple[str, ...]]:
    """Places by service, of those that are mapped; and services that drive to their place."""
    kinds = tables.load("emergency_stations", "twin.data")
    places = city.places
    found = {
        str(service): places.geometry[places["value"].isin(set(rows["value"])).to_numpy()]
        for service, rows in kinds.groupby("service", sort=False)
    }
    towards = tuple(kinds.loc[kinds["drives"] == "to", "service"].unique())
    return {service: at for service, at in found.items() if len(at)}, towards


def schools(
    old: Case, new: Case, active: ActiveParameters, figures: Mapping[str, float]
) -> pd.DataFrame:
    """Ways to every school on foot and by bicycle, and busy streets that they cross."""
    places = old.city.places
    schools = places[(places["need"] == SCHOOL).fillna(value=False).to_numpy(bool)]
    habits = Habits(figures["school.reach"], figures["school.busy"], figures["school.detour"])
    table = pd.DataFrame({"school": schools["name"].fillna("")}, index=schools.index)
    more = pd.Series(0.0, schools.index)
    for way, mode in (("walk", NETWORKS["walk"]), ("bicycle", NETWORKS["bicycle"])):
        was, now = (
            school_ways.ways(
                case.city.streets, case.city.junctions, old.city.addresses.geometry,
                schools.geometry, case.vehicles, active, habits, mode,
            )
            for case in (old, new)
        )  # fmt: skip
        for column, title, unit in (
            ("addresses", "addresses in reach", "1"), ("metres", "mean way", "m"),
            ("crossings", "busy crossings of the mean way", "1"),
            ("crossing", "addresses that cross a busy street", "1"),
        ):  # fmt: skip
            table[f"{way}: {title} before [{unit}]"] = was[column]
            table[f"{way}: {title} after [{unit}]"] = now[column]
        more = np.fmax(more, now["crossing"] - was["crossing"])
    ranked = more.sort_values(ascending=False, kind="stable").index
    return table.loc[ranked].assign(**{EVIDENCE: ESTIMATED})


def without_barriers(
    old: Case, new: Case, active: ActiveParameters, figures: Mapping[str, float]
) -> pd.DataFrame:
    """Addresses by daily need: whether a way without barriers leads there, and how it changes."""
    limit = figures["stepfree.grade"]
    goals = {name: at for name, at in _needs(old.city, active).items() if len(at)}
    was, now = (
        shortest.metres(
            barrier_free(case.city.streets, limit), case.city.junctions,
            old.city.addresses.geometry, goals, active,
        )
        for case in (old, new)
    )  # fmt: skip
    longer = figures["stepfree.longer"]
    table = pd.DataFrame({
        "addresses [1]": len(was),
        "with a way before [1]": was.notna().sum(),
        "with a way after [1]": now.notna().sum(),
        "way lost [1]": (was.notna() & now.isna()).sum(),
        "way gained [1]": (was.isna() & now.notna()).sum(),
        "way longer [1]": (now - was >= longer).sum(),
        "way shorter [1]": (was - now >= longer).sum(),
        "mean way before [m]": was.mean(), "mean way after [m]": now.mean(),
    }, index=pd.Index(list(goals), dtype="str", name="need"))  # fmt: skip
    ranked = table.sort_values(["way lost [1]", "way longer [1]"], ascending=False, kind="stable")
    return ranked.assign(**{EVIDENCE: ESTIMATED})


def barrier_free(streets: gpd.GeoDataFrame, steepest: float) -> gpd.GeoDataFrame:
    """Streets without what is known to stop wheelchairs and prams (``step_free.csv``).

    Stairs, kerbs, bad surfaces of paths, steep gradients, and carriageways that lack a sidewalk.

    Parameters
    ----------
    streets
        City table.
    steepest
        Gradient that is passable [1]; where none is known, streets count as flat.
    """
    rows = tables.load("step_free", "twin.data").groupby("key")["value"].agg(set)
    cars = streets["drive_forward"] | streets["drive_backward"]
    stopped = streets["highway"].isin(rows["highway"])
    stopped |= cars & streets["sidewalk"].isin(rows["sidewalk"])
    stopped |= ~cars & streets["surface"].isin(rows["surface"])
    for key in ("wheelchair", "kerb"):
        if key in streets.columns:
            stopped |= streets[key].isin(rows[key])
    for key in ("grade", "incline"):
        if key in streets.columns:
            stopped |= streets[key].abs().gt(steepest)
    return streets[~stopped]


def known_of_ways(streets: gpd.GeoDataFrame) -> str:
    """What the map tells of the ways of wheelchairs and prams, in a sentence.

    Parameters
    ----------
    streets
        City table.
    """
    paths = streets[~(streets["drive_forward"] | streets["drive_backward"]) & standing(streets)]
    shares = {
        name: float(paths[key].notna().mean()) if key in paths and len(paths) else 0.0
        for name, key in (("surface", "surface"), ("gradient", "incline"), ("kerbs", "kerb"))
    }
    told = ", ".join(f"{name} of {share:.0%}" for name, share in shares.items())
    return (
        f"Ways without barriers rest on what is mapped of paths: {told}; the rest counts as free."
    )

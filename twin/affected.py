"""Who is affected by a plan: addresses, help on its way, lorries, schools, parking, displaced traffic.

Every table puts those who lose first. Addresses, streets and schools are named, people are not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import tables
from twin import affected_map, affected_ways, workbook
from twin.affected_ways import Case
from twin.city import schema
from twin.interventions.superblock import FILTER
from twin.languages import ENGLISH
from twin.mobility import accidents, emergency, lorry_access, walking
from twin.mobility.active import active_parameters
from twin.mobility.columns_given import given

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twin.city import City
    from twin.mobility.active import ActiveParameters
    from twin.result import Result

LIMITS: Final = (
    (
        "Minutes and metres of addresses are those to the nearest place of each daily need, mean over "
        "the needs that are reached before and after; those that are lost are counted."
    ),
    (
        "Emergency vehicles need a share of the time of cars and keep to one-way streets; where a "
        "street was closed its direction is not known. Keys are taken to be at hand."
    ),
    (
        "A lorry's access knows streets, directions, barriers, bans and limits of height, width, "
        "length and weight as far as they are mapped; bends and places made for turning are not "
        "known."
    ),
    "Ways to school begin at addresses; who lives there is not told.",
)
DRAWN: Final = ("addresses", "streets")
"""Tables that the map of those affected colours."""
PLACES: Final = 3
"""Decimals of the figures in the files [1]."""
NEEDED: Final = ("public_transport", "traffic", "access")
"""Domains that the tables need."""
CITATIONS: Final = (*accidents.CITATIONS, *emergency.CITATIONS, *lorry_access.CITATIONS)


@dataclass(frozen=True)
class Affected:
    """Tables of who is affected.

    Parameters
    ----------
    tables
        By name; units stand in brackets in the headers, the column evidence says what a row is
        worth.
    counts
        A few sums for a summary.
    limits, citations
        What the tables cannot say; papers behind them.
    change
        Losers and winners by address, and the change of traffic, for maps.
    """

    tables: Mapping[str, pd.DataFrame]
    counts: dict[str, int]
    limits: tuple[str, ...]
    citations: tuple[str, ...]
    change: Result | None = None


def of_plan(before: tuple[City, Result], after: tuple[City, Result]) -> Affected:
    """Compare a City before and after a plan.

    Parameters
    ----------
    before, after
        City and its run, with traffic and minutes to daily needs.
    """
    old, new = Case(*before), Case(*after)
    figures = tables.figures("affected", "twin.data")
    active = active_parameters()
    along = _street_of(old.city, active)
    changed = changed_streets(old.city, new.city)
    found = {
        "addresses": affected_ways.addresses(old, new, active),
        "emergency": affected_ways.help_minutes(old, new, active),
        "lorries": _lorries(old, new, changed, along, figures),
        "displaced": _displaced(old, new, changed, along, figures),
        "relieved": _relieved(old, new, changed, along, figures),
        "schools": affected_ways.schools(old, new, active, figures),
        "barrier_free": affected_ways.without_barriers(old, new, active, figures),
        "parking": parking(old, new),
        "crashes": _crashes(old, new, changed),
    }
    lost = _without_cars(old.city, new.city, along)
    found["addresses"].insert(2, "car to the door lost [1]",
                              lost.reindex(found["addresses"].index).astype("int64"))  # fmt: skip
    counts = {name: len(table) for name, table in found.items()}
    counts |= {
        "streets_changed": len(changed),
        "addresses_worse": affected_ways.worse(found["addresses"], figures["address.minutes"]),
        "addresses_without_cars": int(lost.sum()),
    }
    limits = (*LIMITS, *_unknown(old, found))
    return Affected(found, counts, limits, CITATIONS, _shown(old, new, found))


def _shown(old: Case, new: Case, found: Mapping[str, pd.DataFrame]) -> Result:
    """The change as a Result whose frames are what the map of those affected draws."""
    frames = {"addresses": affected_map.of_addresses(found)}
    if not (old.vehicles.isna().all() or new.vehicles.isna().all()):
        ids = old.city.streets.index.union(new.city.streets.index, sort=False)
        before, after = (case.vehicles.reindex(ids).fillna(0.0) for case in (old, new))
        frames["streets"] = pd.DataFrame({"vehicles": after - before})
    return replace(new.result - old.result, frames=frames)


def changed_streets(before: City, after: City) -> pd.Index:
    """Streets that a plan adds, takes away or alters in any way that its tables tell."""
    old, new = before.streets, after.streets
    same = old.index.intersection(new.index)
    names = [name for name in new.columns if name not in ("geometry", "measures")]
    one, other = (
        pd.DataFrame({name: _column(frame, name) for name in names}).reindex(same)
        for frame in (old, new)
    )
    differs = (one.ne(other) & ~(one.isna() & other.isna())).any(axis=1)
    moved = old.index.symmetric_difference(new.index)
    return same[differs].append(moved)


def _column(streets: pd.DataFrame, name: str) -> pd.Series:
    """A column of streets; an optional one that is not there says what is usual of all."""
    known = schema("streets")
    dtype = {one.name: one.dtype for one in (*known.columns, *known.optional)}.get(name)
    if name in streets.columns:
        return streets[name]
    usual = name == lorry_access.ALLOWED if dtype == "bool" else None
    return pd.Series(usual, streets.index)


def _street_of(city: City, active: ActiveParameters) -> pd.Series:
    """Street that each address stands along; missing where none is near."""
    walks = walking.network(city.streets, city.junctions, 0.0)
    spots = walking.tie(walks, city.addresses.geometry, active.walk_leg)
    ids = walks.ids.to_series().reset_index(drop=True).reindex(spots.segment)
    along = pd.Series(ids.to_numpy(), city.addresses.index, dtype="str")
    return _off_pavements(city, along, active.walk_leg)


def _off_pavements(city: City, along: pd.Series, reach: float) -> pd.Series:
    """Tie addresses that are beside a pavement drawn by itself to the street that it belongs to.

    That is the nearest one that has the address's name, or else that cars may use.
    """
    streets, doors = city.streets, city.addresses
    cars = streets["drive_forward"] | streets["drive_backward"]
    path = streets.index[~cars & streets["name"].isna()]
    rest = doors[along.isin(path)]
    if rest.empty:
        return along
    found = along.copy()
    by_name = dict(tuple(streets[streets["name"].isin(rest["street"])].groupby("name")))
    for name, part in rest.groupby(rest["street"].fillna(""), sort=False):
        near = by_name.get(name, streets[cars])
        rows = near.sindex.nearest(part.geometry, return_all=False, max_distance=reach)
        found.loc[part.index[rows[0]]] = near.index[rows[1]].to_numpy()
    return found


def _without_cars(old: City, new: City, along: pd.Series) -> pd.Series:
    """Addresses whose street cars reached from the network, and left to it, and do no more.

    Where a plan puts a filter between two junctions, cars come up to it from either side.
    """
    reached = []
    for city in (old, new):
        streets = city.streets
        all_in = streets.assign(**{lorry_access.ALLOWED: True})
        cars = lorry_access.access(all_in, city.junctions)["reached"]
        there = streets.loc[cars.index[cars], ["from_node", "to_node"]].to_numpy().ravel()
        parted = streets[given(streets, "barrier").eq(FILTER)]
        beside = parted.index[parted[["from_node", "to_node"]].isin(there).any(axis=1)]
        reached.append(along.isin(cars.index[cars].append(beside)))
    return reached[0] & ~reached[1]


def _lorries(
    old: Case, new: Case, changed: pd.Index, along: pd.Series, figures: Mapping[str, float]
) -> pd.DataFrame:
    """Streets where a lorry's access changes."""
    was, now = (lorry_access.access(case.city.streets, case.city.junctions) for case in (old, new))
    ids = was.index.union(now.index, sort=False)
    limit = figures["lorry.reverse"]
    table = pd.DataFrame(index=ids)
    for name, frame in (("before", was), ("after", now)):
        reached = frame["reached"].reindex(ids).fillna(value=False).astype(bool)
        table[f"reached {name}"] = reached
        back = frame["reverse"].reindex(ids)
        table[f"way back {name} [m]"] = back.where(np.isfinite(back))
        table[f"turns {name}"] = reached & (back <= limit)
    lost = table["turns before"] & ~table["turns after"]
    gained = ~table["turns before"] & table["turns after"]
    reach = table["reached before"] != table["reached after"]
    kept = table[lost | gained | reach].copy()
    kept["part of the plan"] = kept.index.isin(changed)
    kept["addresses [1]"] = _count(along, kept.index)
    kept.insert(0, "street", _names(old.city, new.city).reindex(kept.index))
    gone = kept["reached before"] & ~kept["reached after"]
    order = pd.DataFrame({
        "beside": ~kept["part of the plan"], "gone": gone, "lost": lost[kept.index],
        "addresses": kept["addresses [1]"],
    })  # fmt: skip
    ranked = order.sort_values(list(order), ascending=False, kind="stable").index
    return kept.loc[ranked].assign(**{affected_ways.EVIDENCE: affected_ways.ESTIMATED})


def _names(old: City, new: City) -> pd.Series:
    """Name of every street before or after; its number where it has none."""
    both = pd.concat([old.streets[["name", "ref"]], new.streets[["name", "ref"]]])
    once = both[~both.index.duplicated()]
    return once["name"].fillna(once["ref"])


def _count(along: pd.Series, ids: pd.Index) -> pd.Series:
    """Addresses along each street [1]."""
    return along.value_counts().reindex(ids).fillna(0).astype("int64")


def _displaced(
    old: Case, new: Case, changed: pd.Index, along: pd.Series, figures: Mapping[str, float]
) -> pd.DataFrame:
    """Streets with more vehicles, by name: those on the boundary of the changed area first."""
    rows = _flows(old, new, changed, along, figures)
    more = rows[(rows["rise"] >= figures["displaced.vehicles"]) & ~rows.index.isin(changed)]
    table = _by_name(more, "max")
    rank = table["part"].map({"boundary": 0, "inside": 1, "elsewhere": 2})
    order = pd.DataFrame({"rank": rank, "less": -table["change [veh/d]"]})
    ranked = order.sort_values(["rank", "less"], kind="stable").index
    return (
        table.loc[ranked]
        .reset_index(drop=True)
        .assign(**{affected_ways.EVIDENCE: affected_ways.ESTIMATED})
    )


def _relieved(
    old: Case, new: Case, changed: pd.Index, along: pd.Series, figures: Mapping[str, float]
) -> pd.DataFrame:
    """Streets with fewer vehicles, by name, those that the plan changes among them."""
    rows = _flows(old, new, changed, along, figures)
    table = _by_name(rows[rows["rise"] <= -figures["displaced.vehicles"]], "min")
    ranked = table.sort_values("change [veh/d]", kind="stable").reset_index(drop=True)
    return ranked.assign(**{affected_ways.EVIDENCE: affected_ways.ESTIMATED})


def _flows(
    old: Case, new: Case, changed: pd.Index, along: pd.Series, figures: Mapping[str, float]
) -> pd.DataFrame:
    """Every street after a plan: part, name, vehicles before and after, addresses."""
    streets = new.city.streets
    before = old.vehicles.reindex(streets.index).fillna(0.0)
    after = new.vehicles.fillna(0.0)
    length = streets["length"]
    part = _part(old.city, new.city, changed, figures["boundary.reach"])
    names = _names(old.city, new.city).reindex(streets.index)
    return pd.DataFrame({
        "part": part, "street": names.fillna(streets.index.to_series()),
        "length": length, "was": before * length, "now": after * length,
        "rise": after - before, "addresses": _count(along, streets.index),
    })  # fmt: skip


def _by_name(rows: pd.DataFrame, largest: str) -> pd.DataFrame:
    """Means of vehicles by part and name of the street; the largest change of a piece beside."""
    by = rows.groupby(["part", "street"], sort=False)
    sums = by[["length", "was", "now", "addresses"]].sum()
    return pd.DataFrame({
        "length [m]": sums["length"],
        "before [veh/d]": sums["was"] / sums["length"],
        "after [veh/d]": sums["now"] / sums["length"],
        "change [veh/d]": (sums["now"] - sums["was"]) / sums["length"],
        "largest change [veh/d]": by["rise"].agg(largest),
        "addresses [1]": sums["addresses"].astype("int64"),
    }).reset_index()  # fmt: skip


def _part(old: City, new: City, changed: pd.Index, reach: float) -> pd.Series:
    """Whether each street lies on the boundary of the changed area, inside it, or elsewhere."""
    lines = pd.concat([old.streets.geometry, new.streets.geometry])
    area = lines[lines.index.isin(changed)].union_all().convex_hull
    at = new.streets.geometry
    found = np.full(len(at), "elsewhere", dtype=object)
    if not area.is_empty:
        found[at.distance(area) <= reach] = "boundary"
        found[at.within(area).to_numpy()] = "inside"
    return pd.Series(found, at.index, dtype="str")


def parking(old: Case, new: Case) -> pd.DataFrame:
    """Streets whose parking spaces change; those that lose most first.

    Parameters
    ----------
    old, new
        Before and after the plan.
    """
    was, now = (
        case.city.streets.get("parking_spaces", pd.Series(dtype="float64")) for case in (old, new)
    )
    ids = old.city.streets.index.union(new.city.streets.index, sort=False)
    before, after = was.reindex(ids), now.reindex(ids)
    change = after.fillna(0.0) - before.fillna(0.0)
    table = pd.DataFrame({
        "street": _names(old.city, new.city).reindex(ids), "before [1]": before,
        "after [1]": after, "change [1]": change,
    })[change != 0.0]  # fmt: skip
    ranked = table.sort_values("change [1]", kind="stable")
    # Where nobody counted the spaces before, their number is a guess of none.
    known = ranked["before [1]"].notna()
    grade = np.where(known, affected_ways.OBSERVED, affected_ways.ASSUMED)
    return ranked.assign(**{affected_ways.EVIDENCE: grade})


def _crashes(old: Case, new: Case, changed: pd.Index) -> pd.DataFrame:
    """Injury crashes on the streets that the plan changes, and their traffic."""
    seen = accidents.observed(old.city.points, old.city.streets, tables.figures("external_costs"))
    ids = changed.intersection(seen.frame.index)
    table = pd.DataFrame({
        "street": _names(old.city, new.city).reindex(ids),
        "crashes [1/a]": seen.frame["crashes"].reindex(ids),
        "before [veh/d]": old.vehicles.reindex(ids), "after [veh/d]": new.vehicles.reindex(ids),
    })  # fmt: skip
    hit = table[table["crashes [1/a]"] > 0.0]
    ranked = hit.sort_values("crashes [1/a]", ascending=False, kind="stable")
    return ranked.assign(**{affected_ways.EVIDENCE: affected_ways.OBSERVED})


def _unknown(old: Case, found: Mapping[str, pd.DataFrame]) -> list[str]:
    """What could not be told for want of data."""
    said = [affected_ways.known_of_ways(old.city.streets)]
    if old.city.addresses.empty:
        said.append("No addresses are known: nobody's ways can be compared.")
    if found["emergency"].empty:
        said.append("No fire station, ambulance station or hospital is mapped in the area.")
    if "parking_spaces" not in old.city.streets.columns:
        said.append("Parking spaces at the kerb are not known as they are.")
    if not old.city.points["kind"].eq(accidents.KIND).any():
        said.append("No injury crashes are attached.")
    if "grade" not in old.city.streets.columns:
        said.append("No terrain is attached: gradients are known only where they are mapped.")
    if old.vehicles.isna().all():
        said.append("Traffic is not computed: busy streets and displaced traffic are not told.")
    return said


def write(found: Affected, target: Path, language: str = ENGLISH) -> list[Path]:
    """Write a workbook with a sheet for each table, and a CSV of each beside it.

    Parameters
    ----------
    found
        The tables.
    target
        The XLSX file; the CSV files have its name and that of their table.
    language
        Of the workbook, one of `twin.languages.known`; the CSV files are English.

    Returns
    -------
    list of pathlib.Path
        All files.
    """
    sheets = {
        name: table.reset_index(drop=isinstance(table.index, pd.RangeIndex)).round(PLACES)
        for name, table in found.tables.items()
    }
    sheets["notes"] = pd.DataFrame({"note": [*found.limits, *found.citations]})
    return workbook.write(sheets, target, language)

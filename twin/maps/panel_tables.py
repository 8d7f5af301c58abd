"""Tables of charts that every run brings with it: from its ledger and from its streets and houses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from layers import tables
from twin.maps import blocks
from twin.mobility import profiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.city import City
    from twin.result import Result

HOURLY: Final = "hourly_load"
"""Table of loads in each hour of a year: series, hour, power [kW]."""
HOURS: Final = 24
"""Hours of a day [h]."""
POINTS: Final = 100
"""Points of a duration curve [1]."""
FINE: Final = 3
"""Significant digits that a published sum keeps: a single house cannot be read from it [1]."""
SPENT: Final = ("capex", "opex")
"""Kinds of the ledger that somebody pays."""
QUIET: Final = "lden_quiet"
"""Noise at the quiet side of a house, which is not what people ask for first."""


def together(
    runs: Mapping[str, Result], titles: Mapping[str, str], city: City
) -> dict[str, pd.DataFrame]:
    """Tables in which all runs stand beside each other: emissions by year, traffic by hour.

    Parameters
    ----------
    runs
        Name to result.
    titles
        What people call each run's scenario.
    city
        City that they belong to.
    """
    made = {"emissions": _emissions(runs, titles), "day_traffic": _day_traffic(runs, titles, city)}
    return {name: frame for name, frame in made.items() if len(frame)}


def alone(city: City, run: Result, idle: Result | None) -> dict[str, pd.DataFrame]:
    """Tables of one run: energy by carrier and use, money by year, who loses and who gains.

    Parameters
    ----------
    city
        City that it belongs to.
    run
        Result.
    idle
        What doing nothing brings in the same year; None leaves out who loses and who gains.
    """
    made = {
        "energy_flows": energy_flows(run),
        "cash_flow": cash_flow(run),
        "wedges": wedges(run),
        "sides": sides(city, idle, run) if idle is not None else pd.DataFrame(),
    }
    return {name: frame for name, frame in made.items() if len(frame)}


def _emissions(runs: Mapping[str, Result], titles: Mapping[str, str]) -> pd.DataFrame:
    """Tonnes of each scenario in each year; a single year makes no line."""
    rows = [
        {"series": titles[name], "year": int(run.record["year"]), "tonnes": run.ledger.total("tco2e", kind="activity")}
        for name, run in runs.items()
    ]  # fmt: skip
    frame = pd.DataFrame(rows).dropna().drop_duplicates(["series", "year"], keep="last")
    return frame if len(set(frame["year"])) > 1 else frame.iloc[:0]


def _day_traffic(runs: Mapping[str, Result], titles: Mapping[str, str], city: City) -> pd.DataFrame:
    """Kilometres that cars drive in each hour of the day, in the last year, of each scenario."""
    last = max(int(run.record["year"]) for run in runs.values())
    now = {name: run for name, run in runs.items() if int(run.record["year"]) == last}
    parts = [day_traffic(city, run).assign(series=titles[name]) for name, run in now.items()]
    return (
        pd.concat(parts).drop_duplicates(["series", "hour"], keep="last")
        if parts
        else pd.DataFrame()
    )


def day_traffic(city: City, run: Result) -> pd.DataFrame:
    """Kilometres that cars drive in each hour of an average day, the mean of the part of the day.

    Parameters
    ----------
    city
        For the lengths of its streets.
    run
        Result.

    Returns
    -------
    DataFrame
        Columns hour, vehicle_km [veh km/h]; empty where traffic is not told by parts of the day.
    """
    streets = run.frames.get("streets", pd.DataFrame())
    names = [name for name in profiles.names() if f"vehicles_{name}" in streets]
    if not names:
        return pd.DataFrame()
    length = (
        city.streets["length"].where(city.streets["inside"].astype(bool)).reindex(streets.index)
    )
    found = np.full(HOURS, np.nan)
    for name in names:
        hours = profiles.hours_of(name)
        driven = float((streets[f"vehicles_{name}"] * length).sum()) / 1e3
        found[hours] = driven / len(hours)
    frame = pd.DataFrame({"hour": np.arange(HOURS), "vehicle_km": found})
    return frame.dropna()


def energy_flows(run: Result) -> pd.DataFrame:
    """Energy of each carrier for each use in a year, as far as it can be told to everybody.

    What fewer than `blocks.LEAST` objects use joins what else the use takes.

    Parameters
    ----------
    run
        Result.

    Returns
    -------
    DataFrame
        Columns carrier, end_use, energy [MWh/a].
    """
    rows = run.ledger.where(kind="activity", unit="kWh").rows
    rows = rows[(rows["activity"] > 0.0).to_numpy()]
    if rows.empty:
        return pd.DataFrame()
    keys = rows[["carrier", "end_use"]].astype(str)
    grouped = rows.assign(carrier=keys["carrier"], end_use=keys["end_use"]).groupby(
        ["carrier", "end_use"]
    )
    found = pd.DataFrame(
        {"energy": grouped["activity"].sum() / 1e3, "objects": grouped["object_id"].nunique()}
    ).reset_index()
    few = found["objects"] < blocks.LEAST
    found.loc[few, "carrier"] = "other"
    found = found.groupby(["carrier", "end_use"], as_index=False)[["energy", "objects"]].sum()
    found = found[found["objects"] >= blocks.LEAST].drop(columns="objects")
    found = _rounded(found, "energy")
    return found[found["energy"] > 0.0].sort_values("energy", ascending=False, kind="stable")


def cash_flow(run: Result) -> pd.DataFrame:
    """What is spent in each year by each payer, for building and for keeping.

    Parameters
    ----------
    run
        Result.

    Returns
    -------
    DataFrame
        Columns year, series, cost, unit (the currency); empty without costs, or with several
        currencies.
    """
    rows = run.ledger.where(kind=list(SPENT)).rows
    rows = rows[rows["cost"].notna().to_numpy()]
    currencies = rows["currency"].dropna().astype(str).unique()
    if len(currencies) != 1:
        return pd.DataFrame()
    series = rows["payer"].astype(str) + "|" + rows["kind"].astype(str)
    cost = rows.assign(series=series).groupby(["series", "year"], as_index=False)["cost"].sum()
    return _rounded(cost, "cost").assign(unit=currencies[0])


def wedges(run: Result) -> pd.DataFrame:
    """Tonnes of each measure in each year where the ledger books them apart.

    Parameters
    ----------
    run
        Result.

    Returns
    -------
    DataFrame
        Columns year, measure, tonnes [tCO2e/a]; empty where activity is not booked by measure.
    """
    booked = run.ledger.by("year", "measure", kind="activity")
    frame = booked.rename("tonnes").reset_index().dropna()
    return frame if len(set(frame["year"])) > 1 else frame.iloc[:0]


def sides(city: City, before: Result, after: Result) -> pd.DataFrame:
    """People for whom a figure gets noticeably worse and better, of each figure of impact.csv.

    Parameters
    ----------
    city
        For the people in its houses and zones.
    before, after
        Runs of it.

    Returns
    -------
    DataFrame
        Columns figure, side, people; fewer than `blocks.LEAST` people are not told.
    """
    rows = []
    for row in tables.load("impact", "twin.data").to_dict("records"):
        worse = _worse(row, before, after)
        if worse is None:
            continue
        table = city.table(row["table"]).reindex(worse.index)
        people = table["people"].where(table["inside"].fillna(value=False).astype(bool), 0.0)
        for side, hit in (("worse", worse >= row["least"]), ("better", worse <= -row["least"])):
            heads = float(people.fillna(0.0)[hit].sum())
            told = 0.0 if not hit.any() else round(heads) if heads >= blocks.LEAST else np.nan
            rows.append({"figure": f"side_{row['key']}", "side": side, "people": told})
    found = pd.DataFrame(rows)
    return found if len(found) and (found["people"].fillna(1.0) > 0.0).any() else pd.DataFrame()


def equity(city: City, before: Result, after: Result, district: pd.Series) -> pd.DataFrame:
    """People of each district for whom at least one figure gets worse, and for whom only better.

    Parameters
    ----------
    city
        For the people in its houses.
    before, after
        Runs of it.
    district : (buildings,)
        Name, missing where none is known.

    Returns
    -------
    DataFrame
        Columns group, side, people; fewer than `blocks.LEAST` people are not told. Empty where no
        district or no figure is known.
    """
    houses = city.buildings
    worse = pd.Series(data=False, index=houses.index)
    better = worse.copy()
    for row in tables.load("impact", "twin.data").to_dict("records"):
        moved = _worse(row, before, after) if row["table"] == "buildings" else None
        if moved is not None:
            moved = moved.reindex(houses.index)
            worse |= moved >= row["least"]
            better |= moved <= -row["least"]
    people = houses["people"].where(houses["inside"].astype(bool), 0.0).fillna(0.0)
    group = district.reindex(houses.index)
    parts = {"worse": people.where(worse, 0.0), "better": people.where(better & ~worse, 0.0)}
    sums = pd.DataFrame({side: heads.groupby(group).sum() for side, heads in parts.items()})
    if sums.empty or not (sums > 0.0).any(axis=None):
        return pd.DataFrame()
    told = sums.round().where((sums >= blocks.LEAST) | (sums == 0.0))
    long = (
        told.rename_axis("group").reset_index().melt("group", var_name="side", value_name="people")
    )
    return long.sort_values("group", kind="stable", ignore_index=True)


def _worse(row: Mapping[Any, Any], before: Result, after: Result) -> pd.Series | None:
    """How much worse the figure of each object gets; None where a run does not know it."""
    if row["table"] not in before.frames or row["table"] not in after.frames:
        return None
    old, new = before.frames[row["table"]], after.frames[row["table"]]
    names = [
        name
        for name in old
        if name in new and str(name).startswith(row["columns"]) and not str(name).startswith(QUIET)
    ]
    if not names:
        return None
    shared = new.index.intersection(old.index)
    change = (new.loc[shared, names] - old.loc[shared, names]).astype("float64").mean(axis=1)
    return change if row["good"] == "low" else -change


def with_loads(given: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables, with those that a table ``hourly_load`` makes."""
    return {**given, **(loads(given[HOURLY]) if HOURLY in given else {})}


def loads(hourly: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Typical day and duration of a load told for each hour of a year.

    Parameters
    ----------
    hourly
        Columns series, hour (from 0 on, local time), power [kW].

    Returns
    -------
    dict
        ``typical_day``: series, hour, power, p10, p90 over all days; ``load_duration``: series,
        hours (in which the load is at least so large), power, in `POINTS` points.
    """
    days, curves = [], []
    for name, part in hourly.groupby("series", sort=False):
        power = part.sort_values("hour")["power"].dropna()
        by_hour = power.groupby(part.loc[power.index, "hour"] % HOURS)
        bands = {f"p{share}": by_hour.quantile(share / 100.0) for share in (10, 90)}
        day = pd.DataFrame({"power": by_hour.mean(), **bands}).rename_axis("hour").reset_index()
        days.append(day.assign(series=name))
        falling = np.sort(power.to_numpy(dtype="float64"))[::-1]
        at = np.unique(np.linspace(0, len(falling) - 1, POINTS).astype(int))
        curves.append(pd.DataFrame({"series": name, "hours": at + 1, "power": falling[at]}))
    return {"typical_day": pd.concat(days), "load_duration": pd.concat(curves)} if days else {}


def _rounded(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Sums to a thousandth of the largest, so that no single house can be read from them."""
    largest = float(frame[column].abs().max()) if len(frame) else 0.0
    if not largest > 0.0:
        return frame
    decimals = FINE - 1 - int(np.floor(np.log10(largest)))
    return frame.assign(**{column: frame[column].round(decimals)})

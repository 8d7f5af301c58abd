"""Tables of charts that every run brings with it: from its ledger and from its streets and houses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from layers import tables
from twin import energy_poverty, ranges, simulate
from twin.maps import blocks
from twin.maps.load_tables import HOURS, rounded
from twin.mobility import profiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.city import City
    from twin.result import Result

HOMES: Final = "I.1"
"""Residential buildings, as the Global Protocol for Community-Scale inventories counts them."""
SECTIONS: Final = 3
"""Fewest census sections that a curve of shares is drawn of [1]."""
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
        "equity_curve": equity_curve(city, run, idle),
    }
    return {name: frame for name, frame in made.items() if len(frame)}


def _emissions(runs: Mapping[str, Result], titles: Mapping[str, str]) -> pd.DataFrame:
    """Tonnes of each scenario in each year with their range; a single year makes no line."""
    rows = [
        {"series": titles[name], "year": int(run.record["year"]), "tonnes": run.ledger.total("tco2e", kind="activity"), "run": name}
        for name, run in runs.items()
    ]  # fmt: skip
    frame = pd.DataFrame(rows).dropna().drop_duplicates(["series", "year"], keep="last")
    if len(set(frame["year"])) < 2:  # noqa: PLR2004 - a line needs two ends
        return frame.iloc[:0]
    ends = [ranges.of_run(runs[name]).get(simulate.EMITTED) for name in frame["run"]]
    known = [(np.nan, np.nan) if one is None else (one.low, one.high) for one in ends]
    low, high = zip(*known, strict=True)
    return frame.drop(columns="run").assign(low=low, high=high)


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
    """Energy of each carrier for each use and sector in a year, as far as everybody may know.

    What fewer than `blocks.LEAST` objects use joins what else the use takes.

    Parameters
    ----------
    run
        Result.

    Returns
    -------
    DataFrame
        Columns carrier, end_use, sector (homes, other buildings, traffic), energy [MWh/a].
    """
    rows = run.ledger.where(kind="activity", unit="kWh").rows
    rows = rows[(rows["activity"] > 0.0).to_numpy()]
    if rows.empty:
        return pd.DataFrame()
    keys = rows[["carrier", "end_use", "sector"]].astype(object).fillna("other").astype(str)
    keys["sector"] = keys["sector"].mask((rows["gpc_ref"] == HOMES).to_numpy(), "homes")
    by = list(keys.columns)
    grouped = rows.assign(**dict(keys.items())).groupby(by)
    found = pd.DataFrame(
        {"energy": grouped["activity"].sum() / 1e3, "objects": grouped["object_id"].nunique()}
    ).reset_index()
    few = found["objects"] < blocks.LEAST
    found.loc[few, "carrier"] = "other"
    found = found.groupby(by, as_index=False)[["energy", "objects"]].sum()
    found = found[found["objects"] >= blocks.LEAST].drop(columns="objects")
    found = rounded(found, "energy")
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
    return rounded(cost, "cost").assign(unit=currencies[0])


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


def equity_curve(city: City, run: Result, idle: Result | None) -> pd.DataFrame:
    """Shares of incomes and energy bills that the dwellings of the poorer sections have.

    A concentration curve (Kakwani 1977) over census sections in the order of their income.

    Parameters
    ----------
    city
        Whose buildings know their section and its income.
    run
        With bills.
    idle
        What doing nothing brings in the same year; None leaves out what the plan saves.

    Returns
    -------
    DataFrame
        Columns people, share [%], series; empty where fewer than `SECTIONS` sections are known.
    """
    if "buildings" not in run.frames:
        return pd.DataFrame()
    table = energy_poverty.sections(city, run).sort_values("income", kind="stable")
    if len(table) < SECTIONS:
        return pd.DataFrame()
    amounts = {"income": table["income"], "bill": table["bill"]}
    if idle is not None and "buildings" in idle.frames:
        before = energy_poverty.sections(city, idle)["bill"].reindex(table.index)
        amounts["bill_saved"] = before - table["bill"]
    homes = table["dwellings"].to_numpy()
    share = np.concatenate([[0.0], 100.0 * homes.cumsum() / homes.sum()])
    parts = [pd.DataFrame({"people": share, "share": share, "series": "equal"})]
    for name, one in amounts.items():
        whole = (one * homes).to_numpy()
        if (whole >= 0.0).all() and whole.sum() > 0.0:  # of both signs there are no shares
            up = np.concatenate([[0.0], 100.0 * whole.cumsum() / whole.sum()])
            parts.append(pd.DataFrame({"people": share, "share": up, "series": name}))
    return rounded(pd.concat(parts), "people", "share")


def avoided(runs: Mapping[str, Result], name: str, nothing: str) -> pd.DataFrame:
    """Tonnes that a plan stays below doing nothing, by sector, in the years that both were run.

    Parameters
    ----------
    runs
        Name to result.
    name
        One of a plan; its other years are looked up.
    nothing
        Name of the scenario of doing nothing.

    Returns
    -------
    DataFrame
        Columns year, series, tonnes [tCO2e/a]; empty with fewer than two years.
    """
    plan = runs[name].record["scenario"]
    years = {
        scenario: {int(run.record["year"]): run for run in runs.values()
                   if run.record["scenario"] == scenario}
        for scenario in (plan, nothing)
    }  # fmt: skip
    both = sorted(set(years[plan]) & set(years[nothing]))
    if plan == nothing or len(both) < 2:  # noqa: PLR2004 - a line needs two ends
        return pd.DataFrame()
    parts = []
    for year in both:
        old, new = (_by_sector(years[one][year]) for one in (nothing, plan))
        sectors = old.index.union(new.index)
        less = old.reindex(sectors, fill_value=0.0) - new.reindex(sectors, fill_value=0.0)
        parts.append(pd.DataFrame({"year": year, "series": sectors, "tonnes": less.to_numpy()}))
    frame = pd.concat(parts, ignore_index=True).dropna()
    return rounded(frame, "tonnes") if (frame["tonnes"] > 0.0).any() else pd.DataFrame()


def _by_sector(run: Result) -> pd.Series:
    """Tonnes of each sector, homes apart."""
    sums = run.ledger.by("sector", "gpc_ref", kind="activity").reset_index(name="tonnes")
    sector = sums["sector"].astype(str).mask(sums["gpc_ref"].astype(str) == HOMES, "homes")
    return sums["tonnes"].groupby(sector).sum(min_count=1)


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

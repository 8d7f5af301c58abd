"""Facts of a brief: figures beside doing nothing, money, consents, fit to counts; nothing computed anew.

Everything comes from records, ledgers and frames of runs, and from the tables of those affected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from layers import tables
from layers.errors import InputError
from twin import calibrate, impact, limit_topics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.brief_choice import Choice, Option

TEN: Final = 10
"""Figures that a brief shows [1]."""


class Change(NamedTuple):
    """A figure under a plan: its change, range, what it is worth, and whether anybody notices it."""

    change: float | None
    low: float | None
    high: float | None
    verdict: str
    evidence: str
    noticeable: bool = False


class Figure(NamedTuple):
    """A figure when nothing is done with its range, and its change by every plan."""

    key: str
    title: str
    unit: str
    nothing: float | None
    low: float | None
    high: float | None
    changes: tuple[Change, ...]


def figures(choice: Choice, most: int | None = TEN) -> list[Figure]:
    """Figures that doing nothing and some plan have, in the order of ``brief_figures.csv``.

    Parameters
    ----------
    choice
        What the brief is about.
    most
        How many: those that change go before those that stay. None: all.
    """
    known = choice.compared
    found = []
    for row in tables.load("brief_figures", "twin.data").itertuples():
        told = [rows.get((row.source, row.name)) for rows in known]
        first = next((one for one in told if one is not None), None)
        if first is None:
            continue
        changes = tuple(_change(one, str(row.good), float(row.least)) for one in told)
        low, high = choice.ends.get(str(row.name), (None, None))
        found.append(Figure(str(row.key), first["title"], first["unit"], first["before"], low, high,
                            changes))  # fmt: skip
    if most is None:
        return found
    moving = [one for one in found if any(change.noticeable for change in one.changes)]
    still = [one for one in found if one not in moving]
    taken = [*moving, *still][:most]
    return [one for one in found if one in taken]


def _change(row: Mapping[str, Any] | None, good: str, least: float) -> Change:
    if row is None or row["change"] is None:
        return Change(None, None, None, "", "")
    size = max(abs(row["before"] or 0.0), abs(row["after"] or 0.0))
    seen = abs(row["change"]) >= max(least, impact.SAME * size) and row["change"] != 0.0
    verdict = impact.verdict({**row, "good": good}) if seen else ""
    return Change(row["change"], row["low"], row["high"], verdict, str(row["evidence"]), seen)


class Consent(NamedTuple):
    """Who must agree, for which kinds of measures, on what basis."""

    consent: str
    basis: str
    kinds: tuple[str, ...]


def consents(choice: Choice) -> list[Consent]:
    """Consents of all plans, each once.

    Parameters
    ----------
    choice
        What the brief is about.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for option in choice.options:
        for one in option.result.record.get("consents", ()):
            kinds = found.setdefault((one["consent"], one["basis"]), [])
            kinds += [one["kind"]] if one["kind"] not in kinds else []
    return [Consent(consent, basis, tuple(kinds)) for (consent, basis), kinds in found.items()]


def limits(choice: Choice) -> list[str]:
    """What the runs and the tables of those affected cannot see, each once, the weightiest first.

    Parameters
    ----------
    choice
        What the brief is about.
    """
    said = [
        str(line) for option in choice.options for line in option.result.record.get("limits", ())
    ]
    said += [line for option in choice.options for line in option.affected.limits]
    said += [line for option in choice.options if option.bands for line in option.bands.limits]
    touched = {
        "buildings" if one.table == "buildings" else "streets"
        for option in choice.options
        for one in option.plan.interventions
    }
    return limit_topics.ordered(said, touched)


# ---------------------------------------------------------------- who loses and who gains


TRAFFIC: Final = "traffic"


class Side(NamedTuple):
    """A street where a figure gets worse or better: how many addresses, by how much."""

    street: str
    addresses: int
    what: str
    amount: float
    loses: bool


def sides(option: Option) -> list[Side]:
    """Streets by name that lose and gain by a plan: traffic past the doors, longer ways.

    Parameters
    ----------
    option
        A plan.

    Returns
    -------
    list of Side
        Those first where most addresses notice most: addresses by change in units of the smallest
        that counts. ``what`` is `TRAFFIC` [veh/d] or a mode [min].
    """
    least = tables.figures("affected", "twin.data")
    tables_ = option.affected.tables
    found = [*_of_traffic(tables_["displaced"], loses=True)]
    found += _of_traffic(tables_["relieved"], loses=False)
    found += _of_ways(tables_["addresses"])
    felt = {
        one: abs(one.amount)
        / least["displaced.vehicles" if one.what == TRAFFIC else "address.minutes"]
        for one in found
    }
    return sorted(
        found, key=lambda one: (-one.addresses * felt[one], -felt[one], one.street, one.what)
    )


def _of_traffic(table: pd.DataFrame, *, loses: bool) -> list[Side]:
    """Streets with more or fewer vehicles, parts of one name together."""
    if table.empty:
        return []
    weight = table["length [m]"]
    moved = (table["change [veh/d]"] * weight).groupby(table["street"]).sum()
    change = moved / weight.groupby(table["street"]).sum()
    doors = table.groupby("street")["addresses [1]"].sum()
    return [
        Side(str(name), int(doors[name]), TRAFFIC, float(value), loses)
        for name, value in change.items()
    ]


def _of_ways(table: pd.DataFrame) -> list[Side]:
    """Streets whose addresses get noticeably longer or shorter ways to daily needs."""
    least = tables.figures("affected", "twin.data")["address.minutes"]
    found = []
    for column in [name for name in table if name.endswith(" change [min]")]:
        way = column.removesuffix(" change [min]")
        for loses in (True, False):
            hit = table[table[column] >= least if loses else table[column] <= -least]
            for street, part in hit.groupby("street"):
                found.append(Side(str(street), len(part), way, float(part[column].mean()), loses))
    return found


# ---------------------------------------------------------------- fit to counts


class Fit(NamedTuple):
    """How near the model comes to counts: counters, those within a fifth, median deviation [1]."""

    counters: int
    near: int
    deviation: float
    rows: pd.DataFrame


NEAR: Final = 0.2
"""Share of the count by which a model may differ and still count as near [1]."""


def fit(choice: Choice) -> Fit | None:
    """Compare today's modelled traffic with counts: on the streets of the plans, else on all.

    Parameters
    ----------
    choice
        What the brief is about.

    Returns
    -------
    Fit or None
        None where nothing was counted, or traffic is not computed.
    """
    frame = choice.nothing.frames.get("streets")
    if frame is None or "vehicles" not in frame:
        return None
    figures_ = tables.figures("calibration", "twin.data")
    try:
        counted = calibrate.counts(choice.city, figures_["growth"])
    except InputError:  # nothing is counted on a street for cars
        return None
    whole = _both_ways(choice, counted)
    whole["model"] = frame["vehicles"].reindex(whole.index)
    whole = whole[whole["model"].notna()]
    mine = whole[whole["street"].isin(_named(choice))]
    rows = mine if len(mine) else whole
    if rows.empty:
        return None
    off = (rows["model"] / rows["count"] - 1.0).abs()
    return Fit(len(rows), int((off <= NEAR).sum()), float(off.median()), rows)


def uncounted(choice: Choice, most: int) -> list[str]:
    """Named streets on which a count would help most: where plans move most traffic, uncounted.

    Parameters
    ----------
    choice
        What the brief is about.
    most
        How many [1].

    Returns
    -------
    list of str
        Those first whose vehicles times metres change most, over all plans; where worlds of the
        traffic were drawn, those whose change is least sure.
    """
    drawn = [part for one in choice.options if len(part := _unsure(choice, one))]
    parts = drawn or [_moved(one) for one in choice.options]
    sums = pd.concat(parts).groupby(level=0).sum().sort_values(ascending=False, kind="stable")
    known = fit(choice)
    counted = set(known.rows["street"]) if known is not None else set()
    unnamed = set(choice.city.streets.index)
    return [
        str(name) for name, size in sums.items()
        if size > 0.0 and name and name not in counted and name not in unnamed
    ][:most]  # fmt: skip


def _moved(option: Option) -> pd.Series:
    """Vehicles times metres that a plan moves, by street [veh m/d]."""
    found = [
        (table["change [veh/d]"].abs() * table["length [m]"]).groupby(table["street"]).sum()
        for name in ("displaced", "relieved") if len(table := option.affected.tables[name])
    ]  # fmt: skip
    return pd.concat(found) if found else pd.Series(dtype="float64")


def _unsure(choice: Choice, option: Option) -> pd.Series:
    """Width of the band of the change times metres, by street [veh m/d]; empty without draws."""
    if option.bands is None:
        return pd.Series(dtype="float64")
    bands = option.bands.streets
    streets = choice.city.streets.reindex(bands.index)
    wide = (bands["vehicles_change_p10"] - bands["vehicles_change_p90"]).abs() * streets["length"]
    return wide.groupby(streets["name"]).sum()


def _both_ways(choice: Choice, counted: pd.DataFrame) -> pd.DataFrame:
    """Counts of whole streets: both directions together, or the only one there is [veh/d]."""
    streets = choice.city.streets
    open_ = streets[["drive_forward", "drive_backward"]].rename(columns=lambda name: name[6:])
    drives = {
        street: set(open_.columns[open_.loc[street].to_numpy(dtype=bool)])
        for street in counted["street"].unique()
    }
    found = {}
    for street, part in counted.groupby("street"):
        whole = part[part["direction"] == "both"]
        single = part[part["direction"] != "both"].groupby("direction")["count"].mean()
        if len(whole):
            found[street] = float(whole["count"].mean())
        elif drives[street] <= set(single.index):
            found[street] = float(single.sum())
    table = pd.DataFrame({"count": pd.Series(found, dtype="float64")})
    table.insert(0, "street", streets["name"].reindex(table.index).fillna(""))
    return table


def _named(choice: Choice) -> set[str]:
    """Names of the streets whose traffic some plan changes."""
    return {
        str(name)
        for option in choice.options
        for table in ("displaced", "relieved")
        for name in option.affected.tables[table].get("street", ())
    }

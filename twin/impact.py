"""What a run means for people: health, crashes, noise, cost and reach, losers beside winners."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from layers import tables
from twin import districts, ranges
from twin.ledger import EVIDENCE
from twin.mobility import health
from twin.section import Section, number, scaled
from twin.spreads import Ends

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.city import City
    from twin.result import Result

TITLE: Final = "What it means for people"
SIDES: Final = "Who loses and who gains"
DISTRICTS: Final = "Districts"
UNKNOWN: Final = "not known"
HEALTH: Final = ("deaths_prevented", "health_value")
BY_MODE: Final = {"walk": "deaths_walk", "bicycle": "deaths_bicycle"}
RANGE: Final = (
    "In 8 of 10 possible worlds a figure lies in its range. The range holds errors of inputs, of "
    "prices and doses and of what a plan brings, as far as spreads.csv tells them; most are assumed. "
    "It does not hold what the models leave out."
)
SAME: Final = 1e-3
"""Relative change that is called neither better nor worse: traffic is not known better [1]."""
ROUNDING: Final = 1e-9
"""Relative change that rounding may make [1]."""
QUIET: Final = "lden_quiet"
"""Noise at the quiet side, which is not what is told here."""
LEAST_SHOWN: Final = 0.05
"""Smallest change that is printed beside a mean [min or jobs]."""
MEANS: Final = (
    "Means of residents: minutes to the nearest of each daily need, jobs within reach; in brackets "
    "what a plan changes."
)
SHOWN: Final = (
    ("walk_", "Walk [min]"), ("bicycle_", "Bicycle [min]"), ("transit_", "Bus or train [min]"),
    ("car_", "Car [min]"), ("jobs_transit_", "Jobs by bus or train"), ("jobs_car_", "Jobs by car"),
)  # fmt: skip
"""Columns of the table of districts: the mean of those that start so."""


def rows(result: Result) -> list[dict[str, Any]]:
    """Figures of one run that say something by themselves, for machines.

    Parameters
    ----------
    result
        A run; one that was kept before these figures were told has none.
    """
    found = result.record.get("people", {})
    return [
        {"key": row.key, "title": row.title, "unit": row.unit, "good": row.good, **found[row.key],
         **_ends(found[row.key], row.group)._asdict()}
        for row in _catalogue()
        if row.alone == "yes" and (found.get(row.key) or {}).get("value")
    ]  # fmt: skip


def _ends(figure: Mapping[str, Any], level: str) -> Ends:
    """Ends of a figure: those of the prices and doses behind it, else those of its kind."""
    known = None if None in (figure["low"], figure["high"]) else Ends(figure["low"], figure["high"])
    return ranges.level(level, figure["value"], known)


def _catalogue() -> list[Any]:
    return list(tables.load("people", "twin.data").itertuples())


def change_rows(before: Result, after: Result) -> list[dict[str, Any]]:
    """Figures of two runs and their difference with its range, for machines.

    Parameters
    ----------
    before, after
        Runs of one City.
    """
    first, second = (one.record.get("people", {}) for one in (before, after))
    doses = _health_ranges(first, second, str(after.record.get("country", "")))
    found = []
    for row in _catalogue():
        if row.key not in first or row.key not in second:
            continue
        old, new = first[row.key], second[row.key]
        if None in (old["value"], new["value"]) or old["value"] == new["value"] == 0.0:
            continue
        change = _change(old["value"], new["value"])
        known = doses.get(row.key) or _range(old, new)
        low, high = ranges.moved(row.group, change, old["value"], known)
        alone = row.alone == "yes"
        found.append({
            "key": row.key, "title": row.title, "unit": row.unit, "good": row.good,
            "before": old["value"] if alone else None, "after": new["value"] if alone else None,
            "change": change, "low": low, "high": high,
            "evidence": max(old["evidence"], new["evidence"], key=EVIDENCE.index),
        })  # fmt: skip
    return found


def _change(old: float, new: float) -> float:
    """Difference of two figures; none where rounding alone makes it."""
    return 0.0 if math.isclose(old, new, rel_tol=ROUNDING) else new - old


def _range(old: Mapping[str, Any], new: Mapping[str, Any]) -> Ends | None:
    """Ends of a difference, the prices and doses behind both sides erring alike."""
    ends = [(new[end], old[end]) for end in ("low", "high")]
    if any(value is None for pair in ends for value in pair):
        return None
    low, high = sorted(one - other for one, other in ends)
    return Ends(low, high)


def _health_ranges(old: Mapping[str, Any], new: Mapping[str, Any], country: str) -> dict[str, Ends]:
    """Ends of changes of health: walking and cycling err independently of each other."""
    keys = (*BY_MODE.values(), *HEALTH)
    if any(side.get(key, {}).get("value") is None for side in (old, new) for key in keys):
        return {}
    gained = {mode: new[key]["value"] - old[key]["value"] for mode, key in BY_MODE.items()}
    found = health.totals(gained, health.parameters(country))
    low, high = found[["low", "high"]].min(axis=1), found[["low", "high"]].max(axis=1)
    return {key: Ends(float(low[key]), float(high[key])) for key in HEALTH}


# ---------------------------------------------------------------- sections


def section(result: Result) -> Section:
    """What one run means for people."""
    printed = []
    for row in rows(result):
        (value, low, high), unit = scaled([row["value"], row["low"], row["high"]], row["unit"])
        printed.append((row["title"], number(value), span(low, high), _unit(unit), row["evidence"]))
    return Section(
        TITLE, head=("Figure", "Value", "Range", "Unit", "Evidence"), rows=tuple(printed),
        points=(RANGE,) if printed else (),
    )  # fmt: skip


def change_section(before: Result, after: Result) -> Section:
    """What a change means for people."""
    printed = []
    for row in change_rows(before, after):
        names = ("before", "after", "change", "low", "high")
        values, unit = scaled([row[name] for name in names], row["unit"])
        said = ["-" if value is None else number(value) for value in values[:3]]
        printed.append((row["title"], *said, span(values[3], values[4]), verdict(row),
                        _unit(unit), row["evidence"]))  # fmt: skip
    head = ("Figure", "Before", "After", "Change", "Range", "", "Unit", "Evidence")
    return Section(TITLE, head=head, rows=tuple(printed), points=(RANGE,) if printed else ())


def verdict(row: Mapping[str, Any]) -> str:
    """better, worse, not sure where the sign is not, or nothing where there is nothing to say.

    Parameters
    ----------
    row
        One of `change_rows`.
    """
    change, low, high = row["change"], row["low"], row["high"]
    size = max(abs(row["before"] or 0.0), abs(row["after"] or 0.0))
    if row["good"] == "none" or abs(change) <= SAME * size:
        return ""
    if low is not None and low < 0.0 < high:
        return "not sure"
    return "better" if (change > 0.0) == (row["good"] == "high") else "worse"


def span(low: float | None, high: float | None) -> str:
    """A range as printed."""
    if low is None or high is None:
        return UNKNOWN
    return f"{number(low)} to {number(high)}"


def _unit(unit: str) -> str:
    return unit.removeprefix("1")


# ---------------------------------------------------------------- losers and winners


def sides(city: City, before: Result, after: Result) -> list[dict[str, Any]]:
    """People for whom a figure gets noticeably worse and better, for machines.

    Parameters
    ----------
    city
        The City before the plan.
    before, after
        Runs of it.
    """
    found = []
    for row in tables.load("impact", "twin.data").itertuples():
        both = _figures(row, before, after)
        if both is None:
            continue
        old, new = both
        change = (new - old).mean(axis=1)
        gone = (new.isna() & old.notna()).any(axis=1)
        first = (old.isna() & new.notna()).any(axis=1)
        table = city.table(row.table).reindex(change.index)
        people = table["people"].where(table["inside"].fillna(value=False).astype(bool), 0.0)
        worse = change if row.good == "low" else -change
        lost = (worse >= row.least) | gone
        won = ((worse <= -row.least) | first) & ~lost
        heads = people.fillna(0.0)
        found.append({
            "key": row.key, "title": row.title, "least": float(row.least), "unit": row.unit,
            "losers": float(heads[lost].sum()), "winners": float(heads[won].sum()),
            "worst": _most(worse[heads > 0.0]), "best": _most(-worse[heads > 0.0]),
        })  # fmt: skip
    return found


def _figures(row: Any, before: Result, after: Result) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Figures of every object before and after; None where a run does not know them."""
    if row.table not in before.frames or row.table not in after.frames:
        return None
    frames = [one.frames[row.table] for one in (before, after)]
    names = [name for name in frames[0] if name.startswith(row.columns) and name in frames[1]
             and not name.startswith(QUIET)]  # fmt: skip
    if not names:
        return None
    old, new = (frame[names].astype("float64") for frame in frames)
    shared = new.index.intersection(old.index)
    return old.loc[shared], new.loc[shared]


def _most(values: pd.Series) -> float:
    return max(0.0, float(values.max())) if values.notna().any() else 0.0


def sides_section(city: City, before: Result, after: Result) -> Section:
    """Losers beside winners."""
    found = sides(city, before, after)
    printed = tuple(
        (
            row["title"], number(round(row["losers"])), _coarse(row["worst"], row["least"]),
            number(round(row["winners"])), _coarse(row["best"], row["least"]), row["unit"],
        )
        for row in found
    )  # fmt: skip
    head = ("Figure", "People who lose", "at most", "People who gain", "at most", "Unit")
    least = ", ".join(f"{row['least']:g} {row['unit']} for {row['title'].lower()}" for row in found)
    said = (
        f"Counted are people inside the boundary whose figure changes by at least {least}, or who "
        "lose every way to a need or get the first one."
    )
    return Section(SIDES, head=head, rows=printed, points=(said,) if printed else ())


def _coarse(value: float, least: float) -> str:
    """A change as printed: to a hundredth of what counts as one."""
    return number(round(value / least, 2) * least)


# ---------------------------------------------------------------- districts


def by_district(city: City, result: Result) -> pd.DataFrame:
    """Means of people by district: minutes to daily needs, and jobs within reach.

    Parameters
    ----------
    city
        The City.
    result
        A run of it.

    Returns
    -------
    pandas.DataFrame
        Index: districts. people and one column for each of `SHOWN` that is known.
    """
    frame = result.frames.get("buildings")
    if frame is None:
        return pd.DataFrame()
    district = districts.of_buildings(city).reindex(frame.index)
    table = city.buildings.reindex(frame.index)
    people = (
        table["people"].where(table["inside"].fillna(value=False).astype(bool), 0.0).fillna(0.0)
    )
    found = {"people": people.groupby(district).sum()}
    for start, title in SHOWN:
        names = [name for name in frame if name.startswith(start)]
        if not names:
            continue
        values = frame[names].astype("float64").mean(axis=1)
        weight = people.where(values.notna(), 0.0)
        total = (values.fillna(0.0) * weight).groupby(district).sum()
        heads = weight.groupby(district).sum()
        found[title] = total / heads.where(heads > 0.0, np.nan)
    whole = pd.DataFrame(found)
    return whole[whole["people"] > 0.0].rename_axis("district")


def districts_section(city: City, result: Result, before: Result | None = None) -> Section:
    """Reach by district, with what changed in brackets if there is a run before."""
    now = by_district(city, result)
    then = by_district(city, before) if before is not None else None
    if now.empty:
        return Section(DISTRICTS)
    printed = []
    for name, row in now.iterrows():
        cells = [number(round(row["people"]))]
        for title in now.columns[1:]:
            known = then is not None and title in then and name in then.index
            moved = row[title] - then.loc[name, title] if known and then is not None else 0.0
            more = f" ({moved:+.2g})" if known and abs(moved) >= LEAST_SHOWN else ""
            cells.append(_rounded(row[title]) + more)
        printed.append((str(name), *cells))
    head = ("District", "People", *now.columns[1:])
    return Section(DISTRICTS, head=head, rows=tuple(printed), points=(MEANS,))


def _rounded(value: float) -> str:
    return UNKNOWN if np.isnan(value) else number(float(f"{value:.3g}"))

"""Ranges of figures: the ends between which eight of ten possible worlds lie.

A sum of the ledger is a sum over objects, uses and carriers. In a world the energy of a use is off
by one factor for all objects of a layer alike, each object is off by itself, and so is the factor
of each carrier. Before and after a plan the same world holds, so that what is wrong on both sides
leaves the difference (common random numbers, Glasserman and Yao 1992); what the plan brings has an
error of its own beside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from twin import simulate, spreads
from twin.ledger import EVIDENCE
from twin.mobility import draws
from twin.spreads import Ends

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.ledger import Ledger
    from twin.result import Result

    Floats = NDArray[np.float64]

SUMS: Final = ["tco2e", "biogenic", "activity", "cost"]
KNOWN: Final = [f"{name}_rows" for name in SUMS]
KINDS: Final = (
    "layer", "sector", "end_use", "carrier", "evidence", "kind", "measure", "currency",
    "price_basis", "payer",
)  # fmt: skip
"""Columns of the ledger that say what errs alike, and by which sums are told apart."""
SINGLE: Final = ("layer", "sector", "kind", "currency", "price_basis", "payer")
"""Those by which the errors of single objects are kept."""
LARGEST: Final = 2**62
"""Number of a group that still fits into an integer [1]."""
ROUNDING: Final = 1e-10
"""Share of all that was added and taken that rounding may leave [1]."""
STREETS: Final = "streets"
NOISE: Final = "noise"
"""Figures in decibels, whose errors are added."""
HEAT: Final = ("buildings", "space_heating")
EFFECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "heat": HEAT, "bill": HEAT, "driven": (STREETS,), "health": (STREETS,), "crashes": (STREETS,),
    "air": (STREETS,), NOISE: (STREETS,), "cost": (STREETS,), "access": (STREETS,),
}  # fmt: skip
"""What the effect of a plan on a figure that is no sum of the ledger rests on."""
UNSETTLED: Final[Mapping[str, str]] = {
    "driven": STREETS, "health": STREETS, "crashes": STREETS, "air": STREETS, "cost": STREETS,
    NOISE: NOISE,
}  # fmt: skip
"""Figures of which two runs of traffic leave something in the difference."""
CITATIONS: Final = (draws.CITATIONS[0], *spreads.CITATIONS)


class Booked(NamedTuple):
    """Sums of ledger rows by what errs alike, and what errs by itself.

    Parameters
    ----------
    cells
        One row for each set of `KINDS`, its `SUMS`, and how many rows are in each of them.
    single
        One row for each set of `SINGLE`, and the variances of the errors of single objects in
        `SUMS`.
    """

    cells: pd.DataFrame
    single: pd.DataFrame

    def where(self, **wanted: str) -> Booked:
        """Those rows whose columns have a value."""
        kept = [
            table[np.logical_and.reduce([table[name] == one for name, one in wanted.items()])]
            for table in self
        ]
        return Booked(*kept)

    def knows(self, column: str) -> bool:
        """Whether any row of a column was computed."""
        return bool((self.cells[f"{column}_rows"] > 0.0).any())


def booked(book: Ledger) -> Booked:
    """Group a ledger, or the difference of two, by what errs alike.

    Parameters
    ----------
    book
        Rows; those of a difference count with their signs.
    """
    rows = book.rows
    values = rows[SUMS].to_numpy(np.float64)
    known = rows["object_id"].notna().to_numpy()
    return Booked(_cells(rows, values), _single(rows[known], np.nan_to_num(values[known])))


def _cells(rows: pd.DataFrame, values: Floats) -> pd.DataFrame:
    of, first = _groups(rows, KINDS)
    found = rows.iloc[first][list(KINDS)].astype("str").reset_index(drop=True)
    found[SUMS] = _sums(np.nan_to_num(values), of, len(first))
    found[KNOWN] = _sums(np.isfinite(values).astype(np.float64), of, len(first))
    return found


def _single(rows: pd.DataFrame, values: Floats) -> pd.DataFrame:
    """What an object uses for one end errs as a whole, whatever carrier brings it."""
    width = {name: spreads.deviation(spreads.spread("own", name)) for name in EVIDENCE}
    widths = rows["evidence"].astype("str").map(width).fillna(0.0).to_numpy(np.float64)
    of, first = _groups(rows, ("object_id", "end_use", *SINGLE))
    variance = np.square(_sums(values * widths[:, None], of, len(first)))
    objects = rows.iloc[first].reset_index(drop=True)
    wider, some = _groups(objects, SINGLE)
    found = objects.iloc[some][list(SINGLE)].astype("str").reset_index(drop=True)
    found[SUMS] = _sums(variance, wider, len(some))
    return found


def _groups(
    rows: pd.DataFrame, names: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number of the group of each row, by columns of categories, and the first row of each group."""
    of, size = np.zeros(len(rows), dtype=np.int64), 1
    for name in names:
        column = rows[name].cat
        step = len(column.categories) + 1
        if size * step > LARGEST:
            of, found = pd.factorize(of)
            of, size = of.astype(np.int64), len(found)
        of, size = of * step + column.codes.to_numpy(np.int64) + 1, size * step
    of = pd.factorize(of)[0].astype(np.int64)
    return of, np.unique(of, return_index=True)[1].astype(np.int64)


def _sums(values: Floats, of: NDArray[np.int64], count: int) -> Floats:
    """Sum of each column over each group (groups, columns); zero where rounding alone is left."""

    def added(parts: Floats) -> Floats:
        return np.bincount(of, weights=parts, minlength=count).astype(np.float64)

    sums = [np.where(np.abs(whole := added(column)) > ROUNDING * added(np.abs(column)), whole, 0.0)
            for column in values.T]  # fmt: skip
    return np.stack(sums, axis=1)


def worlds(found: Booked, column: str, *, change: bool = False) -> Floats:
    """The sum of a column in every world (worlds,) [unit of the column].

    Parameters
    ----------
    found
        Of `booked`.
    column
        One of `SUMS`.
    change
        Whether it is what a plan changes, which has an error of its own.
    """
    total = np.zeros(spreads.WORLDS)
    for row in found.cells[found.cells[column] != 0.0].to_dict("records"):
        total += row[column] * (_price(row) if column == "cost" else _energy(row, column, change))
    variance = float(found.single[column].sum())
    return total + np.sqrt(variance) * spreads.normal(f"own {column}") if variance > 0.0 else total


def _energy(row: Mapping[Hashable, Any], column: str, change: bool) -> Floats:
    """Factors on energy, or on the emissions that come of it, in every world."""
    layer, use, carrier = (str(row[name]) for name in ("layer", "end_use", "carrier"))
    made = _factors(f"activity {layer} {use}", "activity", layer, use)
    if column != "activity":
        made = made * _factors(f"factor {carrier}", "factor", carrier)
    return made * _factors(f"effect {layer}", "effect", layer, use) if change else made


def _price(row: Mapping[Hashable, Any]) -> Floats:
    """Factors on an amount of money in every world; an investment is the plan's alone."""
    kind, measure, use, grade = (
        str(row[name]) for name in ("kind", "measure", "end_use", "evidence")
    )
    return _factors(f"effort {kind} {measure} {use}", "effort", kind, grade)


def _factors(name: str, *parts: str) -> Floats:
    return spreads.factors(spreads.normal(name), spreads.spread(*parts))


# ---------------------------------------------------------------- figures of runs


def of_run(result: Result) -> dict[str, Ends]:
    """Ranges of the figures of one run.

    Parameters
    ----------
    result
        The run.

    Returns
    -------
    dict
        By indicator of `simulate.summary`; what is not computed is absent.
    """
    found = booked(result.ledger)
    told = {}
    for one in simulate.BOOKED:
        part = found.where(kind="activity", **one.where)
        if part.knows(one.column):
            told[one.indicator] = spreads.between(worlds(part, one.column))
    known = result.record.get("figures", {})
    for other in simulate.OBJECTS:
        value = known.get(other.name)
        if value is not None:
            told[other.indicator] = level(other.level, value)
    return told | _invested(found)


def of_change(before: Result, after: Result) -> dict[str, Ends]:
    """Ranges of what a plan changes, in worlds that are the same before and after.

    Parameters
    ----------
    before, after
        Runs of one City.

    Returns
    -------
    dict
        By indicator of `simulate.summary`.
    """
    old, new = booked(before.ledger), booked(after.ledger - before.ledger)
    told = {}
    for one in simulate.BOOKED:
        was, by = (part.where(kind="activity", **one.where) for part in (old, new))
        if was.knows(one.column) and by.knows(one.column):
            change = worlds(by, one.column, change=True)
            told[one.indicator] = spreads.between(change + _left(was, by, one.column))
    figures = [side.record.get("figures", {}) for side in (before, after)]
    for other in simulate.OBJECTS:
        first, second = (side.get(other.name) for side in figures)
        if first is not None and second is not None:
            told[other.indicator] = moved(other.level, second - first, first)
    return told | _invested(new)


def _left(old: Booked, moved: Booked, column: str) -> Floats:
    """What is left of errors of traffic between two runs, where traffic moves."""
    layers = [table.where(layer=STREETS).cells[column] for table in (old, moved)]
    if not layers[1].any():
        return np.zeros(spreads.WORLDS)
    return _resolution(STREETS, float(layers[0].sum()))


def _resolution(name: str, size: float) -> Floats:
    ends = spreads.spread("resolution", name)
    return size * spreads.amounts(spreads.normal(f"resolution {name}"), ends)


def _invested(found: Booked) -> dict[str, Ends]:
    """Investments, by the same indicators as in `simulate.summary`."""
    paid = found.where(kind="capex")
    told = {}
    for basis in paid.cells["price_basis"].unique():
        indicator = simulate.INVESTMENT.format(basis=basis)
        told[indicator] = spreads.between(worlds(paid.where(price_basis=basis), "cost"))
    return told


# ---------------------------------------------------------------- figures that are no sums


def level(name: str, value: float, known: Ends | None = None) -> Ends:
    """Range of a figure of one run.

    Parameters
    ----------
    name
        What errs, as in ``spreads.csv`` behind ``level.``.
    value
        The figure.
    known
        Its ends, where the prices or doses behind it say them.
    """
    if known is not None:
        return known
    ends = spreads.spread("level", name)
    if name == NOISE:
        return Ends(value + ends.low, value + ends.high)
    low, high = sorted((value * ends.low, value * ends.high))
    return Ends(low, high)


def moved(name: str, change: float, before: float, known: Ends | None = None) -> Ends:
    """Range of what a plan changes a figure by.

    Parameters
    ----------
    name
        As in `level`.
    change, before
        Its change, and the figure before.
    known
        Ends of the change, where the prices or doses behind it say them.
    """
    if change == 0.0 and known is None:
        return Ends(0.0, 0.0)
    made = _level(name, change, known)
    made = made * _factors(f"effect {'.'.join(EFFECTS[name])}", "effect", *EFFECTS[name])
    if name in UNSETTLED:
        made = made + _resolution(UNSETTLED[name], 1.0 if name == NOISE else abs(before))
    return spreads.between(made)


def _level(name: str, change: float, known: Ends | None) -> Floats:
    """A change in every world in which the same is wrong before and after."""
    errors = spreads.normal(f"level {name}")
    if known is not None:
        below, above = min(known.low - change, 0.0), max(known.high - change, 0.0)
        return change + spreads.amounts(errors, Ends(below, above))
    if name == NOISE:  # what is added on both sides leaves the difference
        return np.full(len(errors), change)
    return change * spreads.factors(errors, spreads.spread("level", name))

"""Ledger: every tonne and euro is one row, and every printed total is the exact sum of rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import fsum
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from twin import compact
from twin.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.factors import FactorSet
    from twin.pricing import Cost

COLUMNS: Final[Mapping[str, str]] = {
    "object_id": "category",
    "layer": "category",
    "year": "int64",
    "scenario": "category",
    "measure": "category",
    "scope": "category",
    "sector": "category",
    "gpc_ref": "category",
    "end_use": "category",
    "kind": "category",
    "carrier": "category",
    "activity": "float64",
    "unit": "category",
    "factor_id": "category",
    "tco2e": "float64",
    "biogenic": "float64",
    "primary_nren_kwh": "float64",
    "cost": "float64",
    "currency": "category",
    "price_basis": "category",
    "payer": "category",
    "state": "category",
    "privacy": "category",
    "evidence": "category",
}
"""Columns of the ledger in order; text is held as categories to stay small."""

AMOUNTS: Final = ("activity", "tco2e", "biogenic", "primary_nren_kwh", "cost")
"""Columns that are summed: [unit], [tCO2e], [tCO2], [kWh], [currency]."""

SAME: Final[Mapping[str, tuple[str, ...]]] = {
    "activity": ("unit",),
    "cost": ("currency", "price_basis"),
}
"""Columns that must hold one single value before an amount may be summed."""

ACTIVITY: Final = (
    "object_id",
    "layer",
    "scope",
    "sector",
    "gpc_ref",
    "end_use",
    "carrier",
    "activity",
    "unit",
    "state",
    "privacy",
    "evidence",
)
"""Columns of the activity frame that engines hand over."""

KINDS: Final = ("activity", "capex", "opex", "transfer", "external")
"""What a row is about; a transfer moves money and costs nobody anything on balance, and what is
external is worth that much to people without anybody paying it."""

EVIDENCE: Final = ("observed", "estimated", "assumed")
"""From best to worst; a row is as good as the worse of its activity and its factor."""


@dataclass(frozen=True)
class Ledger:
    """Rows of activity, emissions and money, of one factor purpose.

    Parameters
    ----------
    rows
        Frame with the columns `COLUMNS`; any row order, index without meaning.
    """

    rows: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [name for name in COLUMNS if name not in self.rows.columns]
        if missing:
            raise LedgerError(f"Ledger rows lack the columns {', '.join(missing)}.")
        object.__setattr__(self, "rows", _compact(self.rows))
        if len(self.purposes) > 1:
            raise LedgerError(
                f"Rows of several factor purposes do not add up: {', '.join(self.purposes)}. "
                "Simulate again with one factor set."
            )

    @staticmethod
    def empty() -> Ledger:
        """Make a ledger without rows."""
        return _nothing()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def purposes(self) -> list[str]:
        """Purposes of the factors that the rows were booked with; at most one."""
        return sorted({str(name).split(":", 1)[0] for name in compact.used(self.rows["factor_id"])})

    def where(self, **where: Any) -> Ledger:
        """Select the rows whose columns equal a value, or one of several values.

        Parameters
        ----------
        **where
            Column name and value, or a list of values.

        Raises
        ------
        LedgerError
            If a column does not exist.
        """
        keep = np.ones(len(self.rows), dtype=bool)
        for name, wanted in where.items():
            if name not in COLUMNS:
                raise LedgerError(f"The ledger has no column {name!r}.")
            values = wanted if isinstance(wanted, (list, tuple, set, frozenset)) else [wanted]
            keep &= self.rows[name].isin(list(values)).to_numpy()
        return Ledger(self.rows[keep])

    def total(self, column: str = "tco2e", **where: Any) -> float:
        """Exact sum of a column over the selected rows, the same in every row order.

        Rows that are not computed (NaN) are left out and counted by `missing`. Without any
        computed row the total is NaN: not computed is not zero.

        Parameters
        ----------
        column
            One of `AMOUNTS`.
        **where
            As in `Ledger.where`.

        Raises
        ------
        LedgerError
            If units, currencies or price bases differ among the rows.
        """
        selected = self.where(**where) if where else self
        values = _amounts(selected.rows, column)
        return fsum(values.tolist()) if len(values) else float("nan")

    def by(self, *keys: str, column: str = "tco2e", **where: Any) -> pd.Series:
        """Exact sums of a column per value of the keys, sorted by key.

        Parameters
        ----------
        *keys
            Column names; several give a MultiIndex. Rows without a key value are left out. Units,
            currencies and price bases may differ where they are keys.
        column, **where
            As in `Ledger.total`; a group without any computed row is NaN.
        """
        unknown = [name for name in keys if name not in COLUMNS]
        if unknown or not keys:
            raise LedgerError(f"The ledger cannot be grouped by {', '.join(unknown) or 'nothing'}.")
        selected = self.where(**where) if where else self
        _amounts(selected.rows, column, keys)
        rows = selected.rows.dropna(subset=list(keys))
        grouper: Any = list(keys) if len(keys) > 1 else keys[0]
        groups = rows.groupby(grouper, observed=True, sort=True)
        index = compact.plain(groups.size().index)
        sums = compact.group_sums(
            groups.ngroup().to_numpy(dtype="int64"), rows[column].to_numpy(), len(index)
        )
        return pd.Series(sums, index=index, name=column)

    def missing(self, column: str = "tco2e", **where: Any) -> int:
        """Activity rows whose value is not computed [1]."""
        rows = (self.where(**where) if where else self).rows
        return int((rows["kind"].eq("activity") & rows[column].isna()).sum())

    def negated(self) -> Ledger:
        """Negate every amount of the rows."""
        amounts = {name: -self.rows[name] for name in AMOUNTS}
        return Ledger(self.rows.assign(**amounts))

    def __sub__(self, before: Ledger) -> Ledger:
        """Join the negated rows of `before`: sums of the whole are differences of sums."""
        return concat([self, before.negated()])


def concat(ledgers: Sequence[Ledger]) -> Ledger:
    """One ledger with the rows of several, none lost.

    Raises
    ------
    LedgerError
        If their factors serve different purposes.
    """
    kept = [ledger.rows for ledger in ledgers if len(ledger)]
    if not kept:
        return Ledger.empty()
    columns = {
        name: compact.joined([rows[name] for rows in kept], COLUMNS[name]) for name in COLUMNS
    }
    return Ledger(pd.DataFrame(columns))


def book(
    activity: pd.DataFrame, factors: FactorSet, *, year: int, scenario: str, measure: str = ""
) -> Ledger:
    """Book annual activity with the factors of a year; one row in, one row out.

    A carrier without a factor keeps its row and its activity; its emissions are NaN, not zero.

    Parameters
    ----------
    activity
        One row per object, end use and carrier: the columns `ACTIVITY`; `activity` in `unit`.
    factors
        Factor set of one purpose.
    year
        Year of the activity [a].
    scenario, measure
        Name of the scenario, and id of the measure if one caused the activity.

    Raises
    ------
    LedgerError
        If columns are missing, activity is negative or not finite, a carrier is unknown, or
        the unit is not that of the factor.
    """
    table = factors.at(year)
    faults = list(_activity_faults(activity, table))
    if faults:
        raise LedgerError("Activity that cannot be booked: " + " ".join(faults))
    codes, carriers = pd.factorize(activity["carrier"])
    matched = table.reindex(pd.Index(carriers).astype(object)).take(codes)
    amount = activity["activity"].to_numpy()
    rows: dict[str, Any] = {name: activity[name].array for name in ACTIVITY}
    rows |= {"year": year, "scenario": scenario, "measure": measure or None, "kind": "activity"}
    rows |= {"factor_id": matched["factor_id"].array}
    for name in ("tco2e", "biogenic", "primary_nren_kwh"):
        rows[name] = amount * matched[name].to_numpy()
    rows["evidence"] = _worse(activity["evidence"], matched["evidence"])
    return _ledger(rows, len(activity))


def book_cost(
    cost: Cost,
    *,
    year: int,
    scenario: str,
    measure: str,
    layer: str,
    running_year: int | None = None,
    object_id: str | None = None,
    privacy: str = "public",
) -> Ledger:
    """Book what a measure costs: its investment, and its running cost and revenue of one year.

    Parameters
    ----------
    cost
        Of an intervention. Its running cost is booked as opex, its revenue as negative opex;
        a part that is zero has no row.
    year
        Year in which the investment is paid [a].
    scenario, measure, layer
        Name of the scenario, id of the intervention, and table that it changes.
    running_year
        Year of the running cost and revenue [a]; that of the investment if not given.
    object_id
        The one object that it belongs to, if any.
    privacy
        Who may see the figure.

    Raises
    ------
    LedgerError
        If an amount is not finite, or an investment negative.
    """
    amounts = [("capex", cost.amount), ("opex", cost.running), ("opex", -cost.revenue)]
    if not np.isfinite([amount for _, amount in amounts]).all() or cost.amount < 0:
        raise LedgerError(f"{measure}: {cost} cannot be booked; an amount is impossible.")
    vat = "VAT unknown" if cost.vat is None else f"VAT {cost.vat:g}"
    kept = [(kind, amount) for kind, amount in amounts if kind == "capex" or amount != 0]
    later = year if running_year is None else running_year
    return _ledger(
        {
            "object_id": object_id,
            "layer": layer,
            "year": [year if kind == "capex" else later for kind, _ in kept],
            "scenario": scenario,
            "measure": measure,
            "kind": [kind for kind, _ in kept],
            "cost": [amount for _, amount in kept],
            "currency": cost.currency,
            "price_basis": f"{cost.price_year}, {vat}",
            "payer": cost.payer,
            "privacy": privacy,
            "evidence": "assumed" if cost.evidence == "assumed" else "estimated",
        },
        len(kept),
    )


def balance(activity: Iterable[pd.DataFrame], ledger: Ledger) -> dict[str, float]:
    """Rows and activity that went in against those that stand in the ledger.

    Raises
    ------
    LedgerError
        If a row or a kilowatt-hour was lost.
    """
    frames = list(activity)
    rows_in = sum(len(frame) for frame in frames)
    activity_in = fsum(value for frame in frames for value in frame["activity"].tolist())
    booked = ledger.rows[ledger.rows["kind"].eq("activity").to_numpy()]
    activity_out = fsum(booked["activity"].tolist())
    if rows_in != len(booked) or activity_in != activity_out:
        raise LedgerError(
            f"The ledger does not balance: {rows_in} rows and {activity_in!r} kWh in, "
            f"{len(booked)} rows and {activity_out!r} kWh out. Please report this."
        )
    return {
        "rows_in": rows_in,
        "rows_out": len(booked),
        "activity_in_kwh": activity_in,
        "activity_out_kwh": activity_out,
    }


def _amounts(rows: pd.DataFrame, column: str, apart: Sequence[str] = ()) -> NDArray[np.float64]:
    """Take the computed values of a column, after checking that they may be added up."""
    if column not in AMOUNTS:
        raise LedgerError(f"Only {', '.join(AMOUNTS)} can be summed, not {column!r}.")
    values: NDArray[np.float64] = rows[column].to_numpy()
    present = ~np.isnan(values)
    for name in set(SAME.get(column, ())).difference(apart):
        found = compact.used(rows.loc[present, name])
        if len(found) > 1:
            raise LedgerError(
                f"{column} in different {name} cannot be summed: {', '.join(found)}. "
                "Select one of them."
            )
    return values[present]


@cache
def _nothing() -> Ledger:
    return Ledger(pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS}))


def _ledger(rows: dict[str, Any], length: int) -> Ledger:
    """Rows from partial columns; what is not given is missing."""
    return Ledger(pd.DataFrame({name: rows.get(name) for name in COLUMNS}, index=range(length)))


def _compact(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows in standard column order and dtypes, with sorted used categories."""
    columns = {
        name: compact.category(rows[name]) if dtype == "category" else rows[name]
        for name, dtype in COLUMNS.items()
    }
    numbers = {name: dtype for name, dtype in COLUMNS.items() if dtype != "category"}
    return pd.DataFrame(columns).astype(numbers).reset_index(drop=True)


def _activity_faults(activity: pd.DataFrame, table: pd.DataFrame) -> Iterable[str]:
    missing = [name for name in ACTIVITY if name not in activity.columns]
    if missing:
        yield f"columns {', '.join(missing)} are missing."
        return
    amounts = activity["activity"].to_numpy(dtype="float64")
    bad = ~np.isfinite(amounts) | (amounts < 0)
    if bad.any():
        yield f"{int(bad.sum())} values of activity are negative or not finite."
    named = activity["carrier"].drop_duplicates().astype(object)
    unknown = sorted(set(map(str, named)) - set(table.index))
    if unknown:
        yield f"unknown carriers {', '.join(unknown)}."
        return
    codes, carriers = pd.factorize(activity["carrier"])
    expected = table["unit"].reindex(pd.Index(carriers).astype(object)).to_numpy(dtype=object)
    given, units = pd.factorize(activity["unit"])
    names = np.array([*map(str, units), None], dtype=object)
    wrong = (expected[:, None] != names[None, :])[codes, given]
    if wrong.any():
        yield f"{int(wrong.sum())} rows have another unit than their factor."


def _worse(activity: pd.Series, factor: pd.Series) -> Any:
    """Grade rows by the worse of activity and factor; a published factor changes nothing."""
    order = {name: rank for rank, name in enumerate(EVIDENCE)}
    codes, grades = pd.factorize(activity)
    first = np.array([*(order.get(str(one), np.nan) for one in grades), np.nan])[codes]
    second = np.where(factor.eq("assumed").to_numpy(), order["assumed"], 0)
    ranks = np.maximum(first, second)
    if np.isnan(ranks).any():
        raise LedgerError(f"Activity is graded {', '.join(EVIDENCE)}; some rows are not.")
    return np.array(EVIDENCE, dtype=object)[ranks.astype(int)]

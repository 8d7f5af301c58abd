"""Result of one simulation: figures per object, ledger rows, and a record of how they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from twin import columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

    from twin.ledger import Ledger

ADDITIVE: Final = (
    "kWh/a", "kgCO2e/a", "kg/a", "EUR/a", "1/a", "veh/d", "veh km/a", "trips/d", "people", "jobs",
)  # fmt: skip
"""Units of amounts: an object that is not there has none, which is zero."""

GROUPS: Final = ("sector", "scope", "gpc_ref", "end_use", "carrier")
"""Ledger columns by which totals are given."""


class _Frames(Mapping[str, pd.DataFrame]):
    """Tables that hand out copies (on write), so that nobody changes a Result by accident."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._kept = {name: frame.copy() for name, frame in frames.items()}

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._kept[name].copy()

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


@dataclass(frozen=True)
class Result:
    """What one run of a City in one year yields.

    Parameters
    ----------
    frames
        Table name to frame on the City's index; columns as in columns.csv. Writing into one
        leaves the Result as it is.
    ledger
        Every tonne and euro.
    record
        What was run and how: year, scenario, digests, certificates, balances, limits,
        citations; plain values that JSON can hold.
    grid
        Rasters of the run, if any.
    warm
        What each domain yielded, by name, so that the next run computes only what changed;
        never stored.
    tables
        Figures of the whole place that belong to no object, as its load in each hour: name to
        table; a difference has none.
    """

    frames: Mapping[str, pd.DataFrame]
    ledger: Ledger
    record: Mapping[str, Any]
    grid: xr.Dataset | None = None
    warm: Mapping[str, Any] = field(default_factory=dict, repr=False)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "frames", _Frames(self.frames))
        object.__setattr__(self, "tables", _Frames(self.tables))
        object.__setattr__(self, "record", MappingProxyType(dict(self.record)))

    @property
    def is_change(self) -> bool:
        """Whether this is the difference of two results."""
        return "before" in self.record

    @property
    def totals(self) -> pd.DataFrame:
        """Sums of the ledger, overall and by each of `GROUPS`.

        Columns: group, value (``all``, ``all`` is the first row), tco2e [tCO2e/a], kwh
        [kWh/a], biogenic [tCO2/a], rows [1], not_computed [1] (rows without emissions).
        """
        activity = self.ledger.where(kind="activity")
        parts = [_totals(activity, None)]
        parts += [_totals(activity, name) for name in GROUPS]
        return pd.concat(parts, ignore_index=True)

    def __sub__(self, before: Result) -> Result:
        """Tell what changed: `self` minus `before`, object by object.

        Objects are those of both. Where one side does not know an object, its amounts
        (`ADDITIVE` units: energy, emissions, vehicles) count there as zero, and its other
        figures (minutes, speeds) have no difference: NaN. A value that one side could not
        compute (NaN) leaves NaN. A table or column that only one side has is left out, and the
        record names it under ``not_compared``.

        Raises
        ------
        LedgerError
            If the two were booked with factors of different purposes.
        """
        shared = [name for name in self.frames if name in before.frames]
        frames = {
            name: _difference(name, self.frames[name], before.frames[name]) for name in shared
        }
        record = {
            "after": dict(self.record),
            "before": dict(before.record),
            "not_compared": _not_compared(self.frames, before.frames),
        }
        return Result(frames, self.ledger - before.ledger, record)


def _totals(ledger: Ledger, group: str | None) -> pd.DataFrame:
    """One row per value of a ledger column, or one for all."""
    values: list[Any]
    if group is None:
        values, parts = ["all"], [ledger]
    else:
        values = sorted(map(str, ledger.rows[group].dropna().unique()))
        parts = [ledger.where(**{group: value}) for value in values]
    return pd.DataFrame(
        {
            "group": group or "all",
            "value": values,
            "tco2e": [part.total("tco2e") for part in parts],
            "kwh": [part.total("activity", unit="kWh") for part in parts],
            "biogenic": [part.total("biogenic") for part in parts],
            "rows": [len(part) for part in parts],
            "not_computed": [part.missing("tco2e") for part in parts],
        }
    )


def _difference(table: str, after: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Difference of the numeric columns of two frames on the union of their rows."""
    names = [name for name in after.columns if name in before.columns]
    names = [name for name in names if after[name].dtype.kind in "iuf"]
    index = after.index.union(before.index, sort=False)
    amounts = [name for name in names if _is_amount(table, name)]
    return _on(index, after[names], amounts) - _on(index, before[names], amounts)


def _on(index: pd.Index, frame: pd.DataFrame, amounts: list[str]) -> pd.DataFrame:
    """Put numbers on a larger index; objects that were not there have amounts of zero."""
    aligned = frame.astype("float64")
    if frame.index.equals(index):
        return aligned
    aligned = aligned.reindex(index)
    aligned.loc[frame.index.get_indexer(index) < 0, amounts] = 0.0
    return aligned


def _is_amount(table: str, column: str) -> bool:
    found = columns.catalogue().get((table, column))
    return found is not None and found.unit in ADDITIVE


def _not_compared(
    after: Mapping[str, pd.DataFrame], before: Mapping[str, pd.DataFrame]
) -> list[str]:
    """Tables and columns that only one side has."""
    lost = [f"{name}" for name in sorted(set(after) ^ set(before))]
    for name in sorted(set(after) & set(before)):
        only = set(after[name].columns) ^ set(before[name].columns)
        lost += [f"{name}.{column}" for column in sorted(only)]
    return lost

"""Columns of text held small, and exact sums by group: what the ledger is made of."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


def category(values: pd.Series) -> pd.Series:
    """Text as categories of dtype str, in sorted order."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = values.cat.categories
        if str(categories.dtype) == "str" and categories.is_monotonic_increasing:
            return values
        return values.cat.set_categories(pd.Index(sorted(categories), dtype="str"))
    codes, found = pd.factorize(values, sort=True)
    return pd.Series(
        pd.Categorical.from_codes(codes, pd.Index(found, dtype="str")), index=values.index
    )


def joined(parts: list[pd.Series], dtype: str) -> Any:
    """Several columns of one kind below each other."""
    if dtype == "category":
        return pd.api.types.union_categoricals(parts, sort_categories=True)
    return np.concatenate([part.to_numpy() for part in parts])


def used(values: pd.Series) -> list[str]:
    """Categories that occur."""
    return [str(name) for name in values.cat.remove_unused_categories().cat.categories]


def plain(index: pd.Index) -> pd.Index:
    """Turn an index of categories into one of text."""
    if isinstance(index, pd.MultiIndex):
        levels = [plain(level) for level in index.levels]
        return pd.MultiIndex(levels=levels, codes=index.codes, names=index.names)
    return index.astype("str") if isinstance(index.dtype, pd.CategoricalDtype) else index


def group_sums(group: NDArray[np.int64], values: NDArray[np.float64], groups: int) -> list[float]:
    """Exact sum of the computed values of each group; NaN where none is computed."""
    present = ~np.isnan(values)
    group, values = group[present], values[present]
    ordered = values[np.argsort(group, kind="stable")].tolist()
    ends = np.cumsum(np.bincount(group, minlength=groups)).tolist()
    starts = [0, *ends[:-1]] if ends else []
    return [
        fsum(ordered[start:end]) if end > start else float("nan")
        for start, end in zip(starts, ends, strict=True)
    ]

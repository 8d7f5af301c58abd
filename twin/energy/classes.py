"""Energy class by the rule of the country: an estimate, not a certificate.

A class is given only where the country's own scale and factors are known: no country stands in for
another. Where a real certificate is attached it wins; how often the estimate agrees is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TITLE: Final = "estimate, not a certificate"
HOMES: Final = "homes"
FINAL, HEAT_NEED, WEIGHTED, PRIMARY = "final", "heat_need", "weighted", "primary_nren"
WEIGHTS: Final = {WEIGHTED: "weighted_kwh", PRIMARY: "primary_nren_kwh"}
"""Indicator to the column of `factors.FactorSet.at` of the certificate set."""


def scale(country: str, use: str) -> pd.DataFrame:
    """Rows of a country's scale, from best to worst; none where it has none.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code.
    use
        homes, or as the table names a part of them (``flats D3``).
    """
    rows = tables.load("energy_classes")
    return rows[(rows["country"] == country) & (rows["use"] == use)]


def use_of(country: str, uses: pd.Series, zone: str | None) -> pd.Series:
    """Which scale each residential use takes; empty text where there is none.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code.
    uses
        house, terrace or apartments.
    zone
        Climate zone of the place where scales go by zones, as D3.
    """
    rows = tables.load("energy_classes")
    known = set(rows.loc[rows["country"] == country, "use"])
    if HOMES in known:
        return pd.Series(HOMES, uses.index, dtype="str")
    kind = pd.Series(np.where(uses == "apartments", "flats", "houses"), uses.index, dtype="str")
    named = kind + f" {zone}"
    return named.where(named.isin(known), "")


def indicator(
    kind: str, energy: pd.DataFrame, heat_need: pd.Series, area: pd.Series, factors: pd.DataFrame
) -> pd.Series:
    """Indicator of a scale by heated area [kWh/m2/a]; missing where a factor is.

    Parameters
    ----------
    kind
        final, heat_need, weighted or primary_nren.
    energy
        Delivered energy for rooms, hot water and cooling by carrier at standard use [kWh/a].
    heat_need
        Of the rooms at standard use [kWh/a].
    area
        Heated area [m2].
    factors
        Of the certificate set, at the year (`twin.factors.FactorSet.at`).

    Raises
    ------
    ValueError
        If the indicator is unknown.
    """
    floor = area.where(area > 0.0)
    if kind == HEAT_NEED:
        return heat_need / floor
    if kind == FINAL:
        return energy.sum(axis=1) / floor
    if kind not in WEIGHTS:
        raise ValueError(f"unknown indicator {kind!r}")
    weights = factors[WEIGHTS[kind]].reindex(energy.columns)
    lacking = weights.index[weights.isna()]
    total = (energy * weights.fillna(0.0)).sum(axis=1)
    unknown = (energy[lacking] > 0.0).any(axis=1)
    return (total / floor).mask(unknown)


def letters(values: pd.Series, area: pd.Series, rows: pd.DataFrame) -> pd.Series:
    """Class of each value.

    Parameters
    ----------
    values
        Indicator [kWh/m2/a].
    area
        Heated area [m2].
    rows
        Of `scale`.

    Returns
    -------
    Series
        Text; missing where the value is.
    """
    floor = area.to_numpy(dtype=np.float64)[:, None]
    base = rows["base"].to_numpy(dtype=np.float64)[:-1]
    by_area = rows["by_area"].to_numpy(dtype=np.float64)[:-1]
    limits = base + by_area / np.where(floor > 0.0, floor, np.nan)
    rank = (values.to_numpy()[:, None] > limits).sum(axis=1)
    named = rows["class"].astype("str").to_numpy()[rank]
    return pd.Series(named, values.index, dtype="str").mask(values.isna())


def confusion(estimated: pd.Series, certified: pd.Series, order: Sequence[str]) -> pd.DataFrame:
    """How often an estimate of a class meets a certificate of a class [1].

    Parameters
    ----------
    estimated, certified
        Classes of the same buildings.
    order
        Classes from best to worst.

    Returns
    -------
    DataFrame
        Rows certified, columns estimated: the classes of the scale, then what else was found.
    """
    both = pd.DataFrame({"certified": certified, "estimated": estimated}).dropna()
    table = pd.crosstab(both["certified"], both["estimated"])
    others = sorted((set(table.index) | set(table.columns)) - set(order))
    whole = [*order, *others]
    return table.reindex(index=whole, columns=whole, fill_value=0)


def agreement(table: pd.DataFrame) -> dict[str, float]:
    """Plain figures of a confusion matrix: compared, same, at most one class apart [1]."""
    counts = table.to_numpy(dtype=np.float64)
    total = counts.sum()
    apart = np.abs(np.subtract.outer(np.arange(len(counts)), np.arange(len(counts))))
    if total == 0.0:
        return {"compared": 0.0}
    return {
        "compared": float(total),
        "same": float(counts[apart == 0].sum() / total),
        "within one class": float(counts[apart <= 1].sum() / total),
    }

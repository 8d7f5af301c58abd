"""What a change costs: unit costs by country, and the sums that they make."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from layers import tables
from twin.errors import NotComputedError


@dataclass(frozen=True)
class Cost:
    """What a change costs those who pay for it.

    Parameters
    ----------
    amount
        Investment [currency], never negative.
    lifetime
        Years until it has to be made again [a].
    running, revenue
        Change of yearly running cost and of yearly revenue [currency/a], of either sign.
    currency
        ISO 4217 code.
    price_year
        Year of the prices [a].
    vat
        Rate of value added tax that is included [1]; None if the source does not say.
    payer
        Who pays: municipality, owner, household, company or state.
    quantity, unit
        How much was priced, as 12,400 and ``m2``.
    evidence
        Grade of the unit cost: published or assumed.
    sources
        Where the unit costs are from.
    """

    amount: float
    lifetime: float
    running: float
    revenue: float
    currency: str
    price_year: int
    vat: float | None
    payer: str
    quantity: float
    unit: str
    evidence: str
    sources: tuple[str, ...]

    def __post_init__(self) -> None:
        numbers = (self.amount, self.lifetime, self.running, self.revenue, self.quantity)
        if not np.isfinite(numbers).all() or self.amount < 0 or self.lifetime <= 0:
            raise ValueError(f"no possible cost: {self}")


def unit_costs(name: str, country: str) -> pd.DataFrame:
    """Unit costs of a country; for things that it has no row of, those that stand in, as assumed.

    Parameters
    ----------
    name
        File in ``twin/data/costs``, without ``.csv``.
    country
        ISO 3166-1 alpha-2 code.

    Returns
    -------
    rows
        Columns of the file: key, value, unit, currency, price_year, vat, source, evidence ...

    Raises
    ------
    NotComputedError
        If neither the country nor a stand-in has rows.
    """
    rows = tables.load(f"costs/{name}", "twin.data")
    own = rows[rows["country"] == country]
    priced = rows["key"].str.partition(".")[0].isin(own["key"])
    others = rows[(rows["stand_in"] == "yes") & ~priced].assign(evidence="assumed")
    if own.empty and others.empty:
        raise NotComputedError(f"No unit costs of {name} for {country}, and none stand in.")
    return pd.concat([own, others], ignore_index=True)


def unit_priced(
    name: str, key: str, country: str, quantity: float, unit: str, payer: str = "municipality"
) -> Cost:
    """A Cost of so many units at the rows ``key``, ``key.lifetime`` and ``key.running``.

    Parameters
    ----------
    name
        File in ``twin/data/costs``, without ``.csv``.
    key
        What is bought.
    country
        ISO 3166-1 alpha-2 code.
    quantity, unit
        How much.
    payer
        Who pays.

    Raises
    ------
    NotComputedError
        If neither the country nor a stand-in has rows.
    """
    rows = unit_costs(name, country)
    value = rows.set_index("key")["value"]
    return priced(
        rows[rows["key"] == key],
        payer=payer,
        quantity=quantity,
        unit=unit,
        amount=quantity * value[key],
        lifetime=value[f"{key}.lifetime"],
        running=quantity * value[f"{key}.running"],
        revenue=0.0,
    )


def priced(rows: pd.DataFrame, payer: str, quantity: float, unit: str, **sums: float) -> Cost:
    """A Cost from sums and the table rows that the investment was computed with.

    Parameters
    ----------
    rows
        Rows of `unit_costs` that the amount rests on; they share currency, price year and VAT.
    payer
        Who pays.
    quantity, unit
        How much was priced.
    **sums
        amount [currency], lifetime [a], running and revenue [currency/a].
    """
    currency, price_year, vat = (rows[name].unique() for name in ("currency", "price_year", "vat"))
    assert len(currency) == len(price_year) == len(vat) == 1, rows
    return Cost(
        currency=str(currency[0]),
        price_year=int(price_year[0]),
        vat=None if pd.isna(vat[0]) else float(vat[0]),
        payer=payer,
        quantity=float(quantity),
        unit=unit,
        evidence="published" if (rows["evidence"] == "published").all() else "assumed",
        sources=tuple(rows["source"].unique()),
        **sums,
    )

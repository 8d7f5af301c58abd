"""What works on buildings cost, building by building: unit costs, and a town's own price list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import tables, units
from layers.errors import Fault, InputError
from twin.errors import NotComputedError
from twin.pricing import Cost, unit_costs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city import City

FILE: Final = "works"
"""File of unit costs in ``twin/data/costs``."""
OWN: Final = "work_prices"
"""City table with the town's own prices."""
COLUMNS: Final = ("amount", "low", "high", "running")


def basis(unit: str) -> str:
    """What a price is by, without its currency: ``EUR/m2`` gives ``m2``."""
    return unit.partition("/")[2]


def known_works() -> pd.Series:
    """What each work is priced by, as ``m2``; index the works that have a price."""
    rows = tables.load(f"costs/{FILE}", "twin.data")
    plain = rows[~rows["key"].str.contains(".", regex=False)].drop_duplicates("key")
    by = plain["unit"].map(lambda unit: units.name(basis(unit).strip("()")) or basis(unit))
    return by.set_axis(plain["key"])


def unit_prices(city: City) -> pd.DataFrame:
    """Prices of works in a City: the table of its country, row by row replaced by its own list.

    Returns
    -------
    DataFrame
        Index work; columns value, low, high [currency/basis], basis, currency, price_year [a],
        vat [1], lifetime [a], running [currency/(basis a)], source, evidence.

    Raises
    ------
    InputError
        If a row of the City's list names an unknown work or another basis; all faults at once.
    NotComputedError
        If neither the country nor a stand-in has prices.
    """
    rows = unit_costs(FILE, city.country).set_index("key")
    works = rows.index[~rows.index.str.contains(".", regex=False)]
    found = rows.loc[works, ["value", "low", "high", "unit", "currency", "price_year", "vat",
                             "source", "evidence"]].assign(
        lifetime=rows.loc[works + ".lifetime", "value"].to_numpy(),
        running=rows.loc[works + ".running", "value"].to_numpy(),
        basis=known_works()[works],
    )  # fmt: skip
    return _replaced(found, city.table(OWN))


def _replaced(prices: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Prices with the rows of a town's own list in place of the table's."""
    faults = list(_faults(own, prices))
    if faults:
        raise InputError.of(f"table {OWN}", faults)
    last = own.sort_values("year", kind="stable").drop_duplicates("work", keep="last")
    new = last.set_index("work")
    done = prices.drop(columns="unit").copy()
    rows = new.index
    if rows.empty:
        return done
    # What a work costs to run scales with its price, so that it stays in the town's currency.
    done.loc[rows, "running"] *= new["price"] / done.loc[rows, "value"]
    done.loc[rows, "value"] = new["price"]
    done.loc[rows, "low"] = new["low"].fillna(new["price"])
    done.loc[rows, "high"] = new["high"].fillna(new["price"])
    done.loc[rows, "currency"] = new["unit"].str.split("/").str[0]
    done.loc[rows, "price_year"] = new["year"].astype("int64")
    done.loc[rows, "vat"] = np.nan
    done.loc[rows, "lifetime"] = new["lifetime"].fillna(done.loc[rows, "lifetime"])
    done.loc[rows, "source"] = new["source"]
    done.loc[rows, "evidence"] = "published"
    return done


def _faults(own: pd.DataFrame, prices: pd.DataFrame) -> Iterator[Fault]:
    for name, row in own.iterrows():
        if row["work"] not in prices.index:
            listed = ", ".join(prices.index)
            yield Fault(f"row {name}", f"{row['work']} is no work.", f"Works: {listed}.")
        elif wrong := wrong_basis(row["work"], row["unit"]):
            yield Fault(f"row {name}", wrong, "State the price in that unit.")


def wrong_basis(work: str | None, unit: str | None) -> str:
    """What is wrong with the unit of a price, in plain words; empty if nothing is."""
    usual = known_works().get(work)
    if usual is None:
        return f"{work} is no work that is priced"
    return "" if basis(str(unit)) == usual else f"{work} is priced by {usual}, not in {unit}"


def by_object(city: City, quantities: pd.DataFrame) -> pd.DataFrame:
    """Cost of works building by building.

    Parameters
    ----------
    city
        The City, for its country and its own price list.
    quantities : (buildings, works)
        How much of each work, in the unit that it is priced by.

    Returns
    -------
    DataFrame
        Rows as `quantities`; columns amount, low, high [currency], running [currency/a].

    Raises
    ------
    NotComputedError
        If the works are priced in several currencies.
    """
    used = _used(city, quantities)
    value = quantities[used.index].to_numpy(dtype=np.float64)
    columns = dict(zip(COLUMNS, ("value", "low", "high", "running"), strict=True))
    sums = {name: value @ used[column].to_numpy(float) for name, column in columns.items()}
    return pd.DataFrame(sums, index=quantities.index, columns=list(COLUMNS))


def _used(city: City, quantities: pd.DataFrame) -> pd.DataFrame:
    """Prices of the works that are asked for; all in one currency."""
    used = unit_prices(city).loc[list(quantities.columns)]
    if len(set(used["currency"])) > 1:
        listed = ", ".join(f"{work} in {money}" for work, money in used["currency"].items())
        raise NotComputedError(
            f"Works that are done together are priced in several currencies ({listed}). Give all "
            "of them in the town's own price list."
        )
    return used


def total(city: City, quantities: pd.DataFrame, payer: str = "owner") -> Cost:
    """Cost of works on all buildings together.

    Works of different lifetimes count with the one that leaves the sum of yearly shares as it is.
    Prices of several years are added as they are; the Cost then carries the year of the dearest
    work and counts as assumed.

    Parameters
    ----------
    city, quantities
        As in `by_object`.
    payer
        Who pays.
    """
    used = _used(city, quantities)
    amounts = quantities.sum() * used["value"]
    whole = float(amounts.sum())
    yearly = float((amounts / used["lifetime"]).sum())
    years, rates = used["price_year"].unique(), used["vat"].unique()
    main = str(amounts.idxmax()) if whole > 0.0 else used.index[0]
    sure = (used["evidence"] == "published").all() and len(years) == 1
    return Cost(
        amount=whole,
        lifetime=whole / yearly if yearly > 0.0 else float(used.loc[main, "lifetime"]),
        running=float((quantities.sum() * used["running"]).sum()),
        revenue=0.0,
        currency=str(used["currency"].iloc[0]),
        price_year=int(used.loc[main, "price_year"]),
        vat=None if len(rates) > 1 or pd.isna(rates[0]) else float(rates[0]),
        payer=payer,
        quantity=float(quantities[main].sum()),
        unit=str(used.loc[main, "basis"]),
        evidence="published" if sure else "assumed",
        sources=tuple(used["source"].unique()),
    )

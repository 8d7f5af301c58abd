"""What renovations cost, booked house by house: every euro of a plan leads back to a roof and a payer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin import finance, ledger, priority
from twin.energy import activity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.city import City
    from twin.ledger import Ledger
    from twin.packages import Packages

    Ints = NDArray[np.int64]

SCENARIO: Final = "renovation"
GRANTS: Final = "state"
"""Who pays grants."""
EURO: Final = "EUR"


def book(
    city: City, found: Packages, option: Ints, granted: float, years: Ints | int
) -> Ledger:  # fmt: skip
    """Ledger of the works of a choice: investment of the owner, grant, and upkeep of a year.

    Parameters
    ----------
    city
        The City.
    found
        Packages.
    option : (houses,)
        Package of each house; -1 where nothing is done.
    granted
        Share of the investment that a grant pays [1].
    years : (houses,) [a]
        Year in which each house pays, or one for all.
    """
    done = np.flatnonzero(option != priority.NOTHING)
    amount = priority.pick(found.figures["amount"], option)[done]
    running = priority.pick(found.figures["running"], option)[done]
    grant = finance.grant(amount, granted)
    names = np.array(["+".join(parts) for parts in found.sets], dtype=object)
    payers = np.array([_payer(found, parts) for parts in found.sets], dtype=object)
    houses = city.buildings.loc[found.index[done]]
    shared = {
        "object_id": found.index[done].astype("str"),
        "year": np.broadcast_to(years, option.shape)[done],
        "measure": names[option[done]],
        "state": houses["state"].to_numpy(),
        "privacy": np.where(activity.private(houses), "object", "public"),
    }
    parts = [
        ("capex", payers[option[done]], amount - grant),
        ("capex", np.full(len(done), GRANTS, dtype=object), grant),
        ("opex", payers[option[done]], running),
    ]
    rows = [
        pd.DataFrame({**shared, "kind": kind, "payer": payer, "cost": cost})[cost != 0.0]
        for kind, payer, cost in parts
    ]
    return _booked(pd.concat(rows, ignore_index=True), found)


def _booked(rows: pd.DataFrame, found: Packages) -> Ledger:
    """Rows with what all of them share; what is not told is missing."""
    shared = rows.assign(
        layer="buildings", scenario=SCENARIO, sector="stationary", currency=EURO,
        price_basis=_basis(found), evidence=_evidence(found),
    )  # fmt: skip
    return ledger.Ledger(shared.reindex(columns=list(ledger.COLUMNS)))


def _payer(found: Packages, parts: tuple[str, ...]) -> str:
    """Who pays for a package: whoever pays for its first part."""
    return next((found.costs[name].payer for name in parts if name in found.costs), "owner")


def _basis(found: Packages) -> str:
    """Years of the prices, and whether tax is in them."""
    years = sorted({cost.price_year for cost in found.costs.values()})
    rates = {cost.vat for cost in found.costs.values()}
    span = " to ".join(str(year) for year in dict.fromkeys((years[0], years[-1]))) if years else ""
    vat = "VAT unknown" if len(rates) != 1 or None in rates else f"VAT {rates.pop():g}"
    return ", ".join(one for one in (span, vat) if one)


def _evidence(found: Packages) -> str:
    grades = {cost.evidence for cost in found.costs.values()}
    return "assumed" if "assumed" in grades or not grades else "estimated"


def by_payer(book: Ledger) -> pd.DataFrame:
    """Investment and yearly upkeep by payer: columns capex [EUR], opex [EUR/a], houses [1]."""
    found = {
        kind: book.by("payer", column="cost", kind=kind) for kind in ("capex", "opex")
    }  # fmt: skip
    houses = book.rows[book.rows["kind"].eq("capex").to_numpy()].groupby("payer", observed=True)
    table = pd.DataFrame({**found, "houses": houses["object_id"].nunique()})
    return table.rename_axis("payer").fillna({"capex": 0.0, "opex": 0.0, "houses": 0.0})

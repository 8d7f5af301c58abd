"""Money that a run moves or causes, as ledger rows: charges, yearly bills, and what others bear.

An engine hands over one row for each object, end use and payer. Three kinds are told apart, so that
nothing is counted twice: ``opex`` is paid for something, ``transfer`` moves money from one to
another and comes to nothing on balance, ``external`` is what a damage (or, below zero, a gain) is
worth to people, which nobody pays.
"""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin import ledger
from twin.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterable

COLUMNS: Final = (
    "object_id", "layer", "kind", "sector", "end_use", "cost", "currency", "price_basis", "payer",
    "privacy", "evidence",
)  # fmt: skip
"""Columns of the money that engines hand over; cost in currency a year."""

KINDS: Final = ("opex", "transfer", "external")
"""What money of a run is about."""

BALANCED: Final = 1e-6
"""Sum that rounding may leave of transfers [currency/a]."""


def book(money: pd.DataFrame, *, year: int, scenario: str) -> ledger.Ledger:
    """Book the money of a year; one row in, one row out.

    Parameters
    ----------
    money
        The columns `COLUMNS`.
    year
        Year of the result [a].
    scenario
        Name of the scenario.

    Raises
    ------
    LedgerError
        If columns are missing, an amount is not finite, a kind is unknown, or transfers do not
        come to nothing.
    """
    faults = list(_faults(money))
    if faults:
        raise LedgerError("Money that cannot be booked: " + " ".join(faults))
    rows = {name: money[name] if name in COLUMNS else None for name in ledger.COLUMNS}
    rows |= {"year": year, "scenario": scenario, "state": "standing"}
    return ledger.Ledger(pd.DataFrame(rows, index=money.index))


def _faults(money: pd.DataFrame) -> Iterable[str]:
    missing = [name for name in COLUMNS if name not in money]
    if missing:
        yield f"columns {', '.join(missing)} are missing."
        return
    if not np.isfinite(money["cost"].to_numpy(dtype=np.float64)).all():
        yield "amounts are not finite."
    for name, known in (("kind", KINDS), ("evidence", ledger.EVIDENCE)):
        strange = sorted(set(map(str, money[name].unique())) - set(known))
        if strange:
            yield f"unknown {name} {', '.join(strange)}."
    moved = money[money["kind"] == "transfer"]
    for keys, part in moved.groupby(["end_use", "currency"], observed=True):
        left = fsum(part["cost"].tolist())
        if abs(left) > BALANCED:
            yield f"transfers of {keys[0]} leave {left!r} {keys[1]}."


def transfer(amount: pd.Series, payer: str, receiver: str, **same: str) -> pd.DataFrame:
    """Rows of money that goes from one to another: what the one pays, the other gets.

    Parameters
    ----------
    amount
        Index: object ids [currency/a]; nothing is booked where it is zero.
    payer, receiver
        Who pays and who gets it.
    **same
        The other columns of `COLUMNS`, one value for all rows.
    """
    paid = rows(amount, kind="transfer", payer=payer, **same)
    return pd.concat([paid, paid.assign(cost=-paid["cost"], payer=receiver)], ignore_index=True)


def rows(amount: pd.Series, **same: str) -> pd.DataFrame:
    """Rows of money of some objects.

    Parameters
    ----------
    amount
        Index: object ids [currency/a]; nothing is booked where it is zero or not known.
    **same
        The other columns of `COLUMNS`, one value for all rows.
    """
    some = amount[amount.notna() & (amount != 0.0)]
    columns = {"privacy": "public", "evidence": "assumed"} | same
    frame = pd.DataFrame({"object_id": some.index.astype("str"), "cost": some.to_numpy(float)})
    return frame.assign(**columns)[list(COLUMNS)]

"""What a plan costs whom, once and every year, each amount with its range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import pandas as pd

from twin import ranges, spreads

if TYPE_CHECKING:
    from twin.ledger import Ledger

PAID: Final = ("opex", "transfer")
"""Kinds of ledger rows that somebody pays or gets every year."""


class Money(NamedTuple):
    """What somebody pays: once, or more (below zero: less) every year than without the plan."""

    payer: str
    kind: str
    amount: float
    currency: str
    basis: str
    low: float
    high: float


def money(nothing: Ledger, plan: Ledger) -> list[Money]:
    """Investment by payer, then the change of what each pays or gets in a year.

    Parameters
    ----------
    nothing, plan
        Ledgers of the run without a plan and of one with it.
    """
    keys = ("payer", "currency", "price_basis")
    once = plan.where(kind="capex")
    yearly = plan.where(kind=list(PAID)) - nothing.where(kind=list(PAID))
    found = []
    for kind, book in (("capex", once), ("yearly", yearly)):
        least = 0.5 if kind == "yearly" else 0.0
        booked = ranges.booked(book)
        for names, value in book.by(*keys, column="cost").items():
            if pd.notna(value) and abs(value) > least:
                told = dict(zip(keys, map(str, names), strict=True))
                ends = spreads.between(ranges.worlds(booked.where(**told), "cost"))
                payer, currency, basis = told.values()
                found.append(Money(payer, kind, float(value), currency, basis, *ends))
    return found

"""Whose consent a measure needs, and what it means for people inside: shown, never a bar to a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Iterable

ANY = "*"
"""Country of a row that stands for every country without one of its own."""


class Consent(NamedTuple):
    """Who must agree to a kind of measure, on what legal basis, and how sure that is."""

    kind: str
    consent: str
    basis: str
    evidence: str


class Disruption(NamedTuple):
    """What works mean for those who live or work there: days, whether they can stay, and what happens."""

    kind: str
    days: str
    stay: str
    what: str
    evidence: str


def disruptions(kinds: Iterable[str]) -> list[Disruption]:
    """What kinds of works on buildings mean for people inside, each once; others have none.

    Parameters
    ----------
    kinds
        Kinds of intervention.
    """
    rows = tables.load("disruption", "twin.data").set_index("kind")
    return [
        Disruption(
            kind,
            f"{row['days_low']:g} to {row['days_high']:g}",
            str(row["stay"]),
            str(row["what"]),
            str(row["evidence"]),
        )
        for kind, row in (
            (kind, rows.loc[kind]) for kind in dict.fromkeys(kinds) if kind in rows.index
        )
    ]


def of(kinds: Iterable[str], country: str) -> list[Consent]:
    """What is known for kinds of intervention in a country, each once; unknown kinds have none.

    Parameters
    ----------
    kinds
        Kinds of intervention.
    country
        ISO 3166-1 alpha-2 code; a country without a row gets the general one.
    """
    rows = tables.load("consents", "twin.data").set_index(["kind", "country"])
    found = []
    for kind in dict.fromkeys(kinds):
        known = [key for key in ((kind, country), (kind, ANY)) if key in rows.index]
        if known:
            row = rows.loc[known[0]]
            found.append(Consent(kind, row["consent"], row["basis"], row["evidence"]))
    return found

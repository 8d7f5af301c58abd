"""Whose consent a measure needs, by country: shown to readers, never a bar to a simulation."""

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

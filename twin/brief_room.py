"""How much two pages have room for: rows of lists, characters of names, digits of figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ROUGH: Final = 2
"""Significant digits of figures in sentences [1]."""
TITLE, PLACE, STREET, LINE = 56, 40, 30, 240
"""Characters of a plan in the headline, of the city, of a street, and of a sentence, at most [1]."""


@dataclass(frozen=True)
class Room:
    """How many rows two pages have room for.

    Parameters
    ----------
    sides, people, costs, kinds
        Of each plan.
    limits, consents
        Of all.
    name
        Characters of a plan's name.
    """

    sides: int
    people: int
    costs: int
    kinds: int
    limits: int
    consents: int
    name: int


ROOMS: Final = {
    1: Room(7, 5, 6, 6, 9, 5, 64),
    2: Room(6, 4, 4, 5, 7, 4, 38),
    3: Room(4, 3, 3, 4, 6, 4, 30),
    4: Room(3, 2, 2, 3, 5, 3, 26),
}
"""By number of plans."""

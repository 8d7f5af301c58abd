"""Domains of a simulation, in the order in which they run."""

from __future__ import annotations

from typing import Final

from twin import (
    bills,
    certificates,
    houses,
    sun,
    travel,
    travel_costs,
    travel_effects,
    travel_reach,
)

STANDARD: Final = (
    *travel.DOMAINS,
    *travel_effects.DOMAINS,
    *travel_costs.DOMAINS,
    travel_reach.DOMAIN,
    sun.DOMAIN,
    houses.DOMAIN,
    bills.DOMAIN,
    certificates.DOMAIN,
)
"""Domains of a run, in order."""

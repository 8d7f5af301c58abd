"""Domains of a simulation, in the order in which they run."""

from __future__ import annotations

from typing import Final

from twin import houses, sun, travel

STANDARD: Final = (*travel.DOMAINS, sun.DOMAIN, houses.DOMAIN)
"""Domains of a run, in order."""

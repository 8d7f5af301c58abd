"""Domains of a simulation: which tables each engine reads, when it cannot run, what it yields.

Each domain is a value, so that a test or a later domain can be handed to `simulate.run` beside
the standard ones.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from twin.complete import site, zones
from twin.energy import stock
from twin.energy.parameters import energy_parameters
from twin.mobility import access, traffic
from twin.mobility.active import active_parameters
from twin.mobility.parameters import mobility_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layers.schema import Progress
    from twin.city import City


@dataclass(frozen=True)
class Outcome:
    """What a domain yields.

    Parameters
    ----------
    frames
        Table name to figures on the City's index, units in columns.csv.
    activity
        Annual final energy per object, end use and carrier, or None.
    certificate, balance
        What was proved about the run, and which sums were checked; plain values.
    limits, substitutes, citations
        Sentences: what the engine cannot see, which country stands in, which papers it follows.
    incomplete
        Objects with energy that no row of activity holds; they get no figure of emissions.
    warm
        State from which the next run may start.
    """

    frames: Mapping[str, pd.DataFrame]
    activity: pd.DataFrame | None = None
    certificate: Mapping[str, Any] = field(default_factory=dict)
    balance: Mapping[str, Any] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    substitutes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    incomplete: pd.Index = field(default_factory=lambda: pd.Index([], dtype="str"))
    warm: Any = None


@dataclass(frozen=True)
class Domain:
    """One engine and what it needs.

    Parameters
    ----------
    name
        Name in records and in citations.csv.
    title
        What it does, in plain words.
    tables
        Tables of the City that it reads: a change in any other leaves its outcome as it is.
    missing
        Says why a City cannot be computed; empty if it can.
    run
        Takes the City, a warm state or None, and a progress function.
    """

    name: str
    title: str
    tables: tuple[str, ...]
    missing: Callable[[City], str]
    run: Callable[[City, Any, Progress], Outcome]

    def key(self, city: City, version: str) -> str:
        """Digest of all that the outcome depends on [32 hex digits]."""
        parts = [city.parts[name].digest for name in self.tables]
        facts = (self.name, version, city.country, city.crs, city.boundary.wkb_hex, *parts)
        return hashlib.blake2b(repr(facts).encode(), digest_size=16).hexdigest()


def _no_traffic(city: City) -> str:
    streets = city.streets
    if not (streets["drive_forward"] | streets["drive_backward"]).any():
        return "Car traffic is not computed: no street of the area is open to cars."
    if city.zones.empty or not (city.zones["people"] > 0).any():
        return "Car traffic is not computed: no residents are known, so no trips begin anywhere."
    return ""


def _traffic(city: City, warm: Any, progress: Progress) -> Outcome:
    parameters = mobility_parameters(city.country)
    streets, junctions = city.streets, city.junctions
    joined, moved = zones.reattach(city.zones, streets, junctions)
    found = traffic.run(streets, junctions, joined, parameters, warm=warm, progress=progress)
    return Outcome(
        frames={"streets": found.frame},
        activity=found.activity,
        certificate={**found.certificate, "zones_moved": len(moved)},
        limits=(*found.limits, *_moved(moved)),
        substitutes=parameters.substitutes,
        citations=found.citations,
        warm=found.warm,
    )


def _moved(moved: pd.Series) -> tuple[str, ...]:
    if moved.empty:
        return ()
    said = (
        f"Closed streets cut off {len(moved)} zones; their trips begin and end at the nearest "
        f"junction that cars still reach, {moved.mean():.0f} m away on average."
    )
    return (said,)


def _no_access(city: City) -> str:
    if city.buildings.empty:
        return "Walking times are not computed: the area has no buildings."
    streets = city.streets
    if not (streets["walk_forward"] | streets["walk_backward"]).any():
        return "Walking times are not computed: no street of the area is open to people on foot."
    return ""


def _access(city: City, _warm: Any, _progress: Progress) -> Outcome:
    found = access.run(
        city.buildings, city.places, city.streets, city.junctions,
        active_parameters(), stops=city.stops,
    )  # fmt: skip
    return Outcome(
        frames={"buildings": found.frame},
        certificate=found.counts,
        limits=tuple(found.limits),
        citations=found.citations,
    )


def _no_energy(city: City) -> str:
    if not city.buildings["heated"].any():
        return "Energy of buildings is not computed: the area has no heated buildings."
    if city.weather.empty:
        return "Energy of buildings is not computed: the City has no weather."
    return ""


def _energy(city: City, _warm: Any, progress: Progress) -> Outcome:
    parameters = energy_parameters(city.country)
    _, latitude = site.centre(city.boundary, city.crs)
    found = stock.run(city.buildings, city.weather, latitude, parameters, progress)
    doubt = city.parameters["value"].get("weather.irradiance")
    return Outcome(
        frames={"buildings": found.frame},
        activity=found.activity,
        balance=found.balance,
        limits=(*found.limits, *([str(doubt)] if doubt else [])),
        substitutes=found.substitutes,
        citations=found.citations,
        incomplete=found.frame.index[found.frame["heat_final"].isna()],
    )


STANDARD: Final = (
    Domain(
        "traffic", "Car traffic", ("streets", "junctions", "turns", "zones"), _no_traffic, _traffic
    ),
    Domain(
        "access",
        "Walking times",
        ("buildings", "places", "stops", "streets", "junctions"),
        _no_access,
        _access,
    ),
    Domain("energy", "Energy of buildings", ("buildings", "weather"), _no_energy, _energy),
)
"""Domains of a run, in order."""

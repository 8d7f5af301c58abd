"""What an engine of a simulation is: the tables it reads, when it cannot run, what it yields.

Each domain is a value, so that a test or a later domain can be handed to `simulate.run` beside
the standard ones.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twin.city import City


class Indicator(NamedTuple):
    """A figure that tells people something, inside the boundary.

    Parameters
    ----------
    value
        In the unit of people.csv.
    low, high
        With the figures behind it at their low and high end; None where no range is known. Of two
        runs both differ alike, so the difference of the ends is the range of the difference.
    evidence
        observed, estimated or assumed.
    """

    value: float
    low: float | None = None
    high: float | None = None
    evidence: str = "estimated"


@dataclass(frozen=True)
class Outcome:
    """What a domain yields.

    Parameters
    ----------
    frames
        Table name to figures on the City's index, units in columns.csv.
    activity
        Annual final energy per object, end use and carrier, or None.
    money
        Money of a year per object, end use and payer (`twin.money`), or None.
    people
        What it means for people: key of people.csv to `Indicator`.
    certificate, balance
        What was proved about the run, and which sums were checked; plain values.
    limits, substitutes, citations
        Sentences: what the engine cannot see, which country stands in, which papers it follows.
    incomplete
        Objects with energy that no row of activity holds; they get no figure of emissions.
    warm
        State from which the next run may start.
    made
        What domains that need this one take up; not kept with the run.
    tables
        Figures of the whole place that belong to no object, for charts: name to table, with columns
        as map_panels.csv declares them; told of enough objects only.
    """

    frames: Mapping[str, pd.DataFrame]
    activity: pd.DataFrame | None = None
    money: pd.DataFrame | None = None
    people: Mapping[str, Indicator] = field(default_factory=dict)
    certificate: Mapping[str, Any] = field(default_factory=dict)
    balance: Mapping[str, Any] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    substitutes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    incomplete: pd.Index = field(default_factory=lambda: pd.Index([], dtype="str"))
    warm: Any = None
    made: Any = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


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
        Tables and arrays of the City that it reads: a change in any other leaves its outcome as it
        is.
    missing
        Says why a City cannot be computed; empty if it can.
    run
        Takes the City, a warm state or None, and a progress function; and the outcome of each
        domain that it needs, or None, by name.
    needs
        Earlier domains whose outcomes it takes up.
    columns
        Tables of which only these columns count: a change in any other leaves its outcome as it is.
    """

    name: str
    title: str
    tables: tuple[str, ...]
    missing: Callable[[City], str]
    run: Callable[..., Outcome]
    needs: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def key(self, city: City, version: str) -> str:
        """Digest of all that the outcome depends on [32 hex digits]."""
        parts = [
            *(city.parts[name].digest for name in self.tables if name in city.parts),
            *(city.arrays[name].digest for name in self.tables if name in city.arrays),
            *(digest(city.table(name), columns) for name, columns in self.columns.items()),
        ]
        facts = (self.name, version, city.country, city.crs, city.boundary.wkb_hex, *parts)
        return hashlib.blake2b(repr(facts).encode(), digest_size=16).hexdigest()


def digest(frame: pd.DataFrame, columns: tuple[str, ...]) -> str:
    """Digest of some columns of a table, in the order of its rows [32 hex digits]."""
    sums = hashlib.blake2b("\0".join(map(str, frame.index)).encode(), digest_size=16)
    for name in columns:
        if name not in frame:
            continue
        values = frame[name].to_wkb() if name == "geometry" else frame[name]
        hashed = pd.util.hash_pandas_object(pd.Series(values, index=frame.index), index=False)
        sums.update(name.encode() + hashed.to_numpy().tobytes())
    return sums.hexdigest()

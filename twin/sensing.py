"""Bring what sensors say into a twin folder: readings into the store, stations into the City."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from layers import tables
from layers.sensors import csv, quality
from twin import counters, readings, store
from twin.readings import Counts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from layers.schema import Source
    from layers.sensors.columns import SensorMap
    from layers.sensors.counts import Summaries
    from twin.city import City

TRAFFIC: Final = frozenset({"vehicles", "speed"})
"""Quantities that are measured on one street."""


@dataclass(frozen=True)
class Taken:
    """What became of a file of readings.

    Parameters
    ----------
    city
        The City with its stations, as it was saved.
    counts
        What became of the readings in the store.
    source
        Provenance, with the rows of the file kept and refused.
    drops
        Columns table, reason, count [1], examples.
    """

    city: City
    counts: Counts
    source: Source
    drops: pd.DataFrame


def take(
    path: Path | str,
    file: Path | str,
    mapping: SensorMap,
    *,
    progress: Callable[[str, float], None] | None = None,
) -> Taken:
    """Take a file of readings into a twin folder; taking it again changes nothing.

    Parameters
    ----------
    path
        The twin folder.
    file, mapping
        As for `layers.sensors.csv.read`; memory does not grow with the file.
    progress
        Called with a stage and the share done.

    Raises
    ------
    InputError
        If the file cannot be used; readings of blocks before a damaged place stay.
    StoreError
        If the folder is no twin or cannot be written.
    """
    tell = progress or (lambda _stage, _share: None)
    store.open(path)
    tally, counts = csv.Tally(), Counts()
    with readings.open(path) as inbox:
        for block in csv.blocks(file, mapping, tally):
            counts += inbox.ingest(block)
            tell(f"{tally.kept:,} readings", 0.0)
        inbox.compact()
    stations, drops, source = csv.summary(file, mapping, tally)
    tell("stations", 0.9)
    city = with_annual(add_stations(store.open(path), stations, source, drops))
    store.save(city, path)
    return Taken(store.open(path), counts, source, drops)


def add_stations(
    city: City, stations: gpd.GeoDataFrame, source: Source, drops: pd.DataFrame
) -> City:
    """City with stations, each traffic counter on its street; known ones are replaced.

    Parameters
    ----------
    city
        Any City; it stays as it is.
    stations
        Contract ``stations`` in EPSG:4326.
    source
        Provenance. Its row in the sources table bears the name that the stations name, or, for
        another file of that name, the name and a number; what is heard live is counted on.
    drops
        What the reader lost.
    """
    names = {name: _row(city.sources, name, source) for name in sorted(set(stations["source"]))}
    new = stations.to_crs(city.crs)
    new["source"] = new["source"].map(names).astype("str")
    new["inside"] = new.geometry.within(city.boundary)
    new = new.assign(**_attachments(city, new))
    old = city.stations
    both = pd.concat([old.drop(index=old.index.intersection(new.index)), new]) if len(old) else new
    whole = gpd.GeoDataFrame(both.sort_index(), geometry="geometry", crs=city.crs)
    return city.replace(
        stations=whole,
        sources=_sources(city.sources, source, sorted(set(names.values()))),
        drops=_drops(city.drops, drops, source.origin),
    )


def with_annual(city: City) -> City:
    """City whose series of vehicles stand beside their annual average daily traffic.

    Columns ``count`` and ``count_spread`` [veh/d] and ``year``, the one with the most readings;
    missing where no day is whole. Doubtful and stuck readings are left out.

    Parameters
    ----------
    city
        A City as `twin.store.open` gives it; without readings it is returned as it is.
    """
    stations = city.stations
    for name, (local, values, step) in sound_series(city).items():
        traffic, error, days = counters.from_series(local, values, step)
        year = float(local.dt.year.mode().iloc[0]) if days else np.nan
        stations.loc[name, ["count", "count_spread", "year"]] = [traffic, error, year]
    return city.replace(stations=stations)


def sound_series(city: City) -> dict[str, tuple[pd.Series, NDArray[np.float64], float]]:
    """Readings of every series of vehicles, without doubtful and stuck ones.

    Parameters
    ----------
    city
        A City as `twin.store.open` gives it; without readings there is no series.

    Returns
    -------
    dict
        Station to local times, vehicles [veh] of the intervals and their length [s].
    """
    stations = city.stations
    series = stations.index[(stations["quantity"] == "vehicles") & (stations["kind"] == "series")]
    if city.readings is None:
        return {}
    found = {}
    for name in series:
        rows = quality.flagged(city.readings.read(str(name)), {str(name): "vehicles"})
        sound = rows[(rows["flags"] & _unsound()) == 0]
        local = sound["time"].dt.tz_convert(city.timezone).dt.tz_localize(None)
        step = quality.step(rows["time"].astype("int64").to_numpy() / 1e6)
        found[str(name)] = (local, sound["value"].to_numpy(dtype=np.float64), step)
    return found


def _unsound() -> int:
    known = quality.bits()
    return known["doubtful"] | known["stuck"] | known["out_of_range"]


def add_counts(city: City, found: Summaries) -> City:
    """City with traffic counts that are summaries, brought to the year and put on their streets.

    The error of a count is the one that its table states, else that of its kind; it stays beside
    the count as ``count_spread``, and a calibration weights by its inverse square.

    Parameters
    ----------
    city
        Any City; it stays as it is.
    found
        As `layers.sensors.counts.read` gives it.
    """
    rows = found.counts
    annual = [
        counters.expand(vehicles, kind, month=_whole(month), weekday=_whole(weekday))
        for vehicles, kind, month, weekday in zip(
            rows["count"], rows["kind"], rows["month"], rows["weekday"], strict=True
        )
    ]
    traffic, spread = np.array(annual, dtype=float).T
    stated = rows["error"] * traffic / rows["count"].where(rows["count"] > 0)
    facts = found.facts
    stations = rows.drop(columns=["month", "weekday", "error"]).assign(
        quantity="traffic",
        unit="veh/d",
        height=np.nan,
        owner=facts.owner,
        source=facts.source,
        grade=facts.grade,
        count=traffic,
        count_spread=stated.fillna(pd.Series(spread, rows.index)),
    )
    texts = ("quantity", "unit", "owner", "source", "grade")
    typed = tables.schema("stations").validate(stations.astype(dict.fromkeys(texts, "str")))
    return add_stations(city, typed, found.source, found.drops)


def _whole(number: float) -> int | None:
    return None if np.isnan(number) else int(number)


def _attachments(city: City, stations: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """Street, direction and attachment of each station; missing for what is on no street."""
    counted = stations[stations["quantity"].isin(TRAFFIC) | (stations["kind"] != "series")]
    found = counters.attach(counted, city.streets).reindex(stations.index)
    return {name: found[name].astype("str") for name in found}


def _row(old: pd.DataFrame, name: str, source: Source) -> str:
    """Row of the sources table for a source: that of the same file, else a free one."""
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    digests = old["digest"].fillna("")
    return next(one for one in names if one not in old.index or digests[one] == source.digest)


def _sources(old: pd.DataFrame, source: Source, names: list[str]) -> pd.DataFrame:
    """Sources table with the source; a file replaces its row, a live source counts on."""
    rows = pd.DataFrame([vars(source)] * len(names), index=pd.Index(names, dtype="str", name="id"))
    rows = rows.astype({name: "str" for name in rows if not name.startswith("rows_")})
    known = old.index.intersection(rows.index)
    if not source.digest:
        counts = ["rows_in", "rows_kept", "rows_refused"]
        rows.loc[known, counts] += old.loc[known, counts]
    order = [*old.index, *rows.index.difference(old.index)]
    return pd.concat([old.drop(index=known), rows[old.columns]]).loc[order]


def _drops(old: pd.DataFrame, new: pd.DataFrame, origin: str) -> pd.DataFrame:
    if new.empty:
        return old
    named = new.assign(reason=[f"{origin}: {reason}" for reason in new["reason"]])
    both = pd.concat([old, named.astype(old.dtypes.to_dict())], ignore_index=True)
    keys = ["table", "reason"]
    told = both[keys].drop_duplicates().merge(both.drop_duplicates(keys, keep="last"), on=keys)
    return told[old.columns].rename_axis(old.index.name)

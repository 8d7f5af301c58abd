"""How good the readings of each station are, and where each traffic counter was put."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from layers import tables
from layers.sensors import quality

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city import City

ARRIVAL: Final = ("changed", "duplicate", "late", "disorder")
"""What is counted while readings arrive; see `twin.readings.Readings.series`."""

SHOWN: Final = 5
"""Stations named in one warning [1]."""


def rows(city: City) -> list[dict[str, Any]]:
    """Report per station and quantity, plain and JSON-able; read one series at a time.

    Parameters
    ----------
    city
        A City as `twin.store.open` gives it; without readings every station has none.

    Returns
    -------
    list
        Per station: id, quantity, unit, grade, street, direction, attachment; rows [1], first and
        last (ISO 8601), step [s], coverage [1], longest_gap [h], a count per flag of
        ``sensor_flags.csv`` [1], and what arrived `ARRIVAL` [1].
    """
    stations = city.stations
    if stations.empty:
        return []
    arrived = None if city.readings is None else city.readings.series()
    told = []
    for series, station in stations.iterrows():
        found: dict[str, Any] = {"id": str(series)}
        names = ("quantity", "unit", "grade", "kind", "street", "direction", "attachment")
        found |= {name: station[name] for name in names}
        found |= _readings(city, str(series), str(station["quantity"]))
        if arrived is not None and series in arrived.index:
            found |= {name: int(arrived.loc[series, name]) for name in ARRIVAL}
        told.append({name: _plain(value) for name, value in found.items()})
    return told


def _readings(city: City, series: str, quantity: str) -> dict[str, Any]:
    if city.readings is None:
        return {"rows": 0}
    found = quality.report(city.readings.read(series), {series: quantity})
    return {"rows": 0} if found.empty else found.loc[series].to_dict()


def _plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    return value if isinstance(value, (str, float)) else int(value)


def warnings(told: list[dict[str, Any]]) -> Iterator[str]:
    """What a reader of results must know of the stations, in plain sentences.

    Parameters
    ----------
    told
        As `rows` gives it.
    """
    classes = tables.grades()["class"]
    limits = tables.figures("sensor_limits")
    assumed = [row["id"] for row in told if classes[row["grade"]] == "assumed"]
    yield from _named(assumed, "stations give no measurements but simulated or assumed values")
    lost = [row["id"] for row in told if (row.get("attachment") or "attached") != "attached"]
    yield from _named(lost, "traffic counters could not be put on a street; see their attachment")
    silent = [row["id"] for row in told if row["kind"] == "series" and not row["rows"]]
    yield from _named(silent, "stations have no readings")
    still = [
        row["id"] for row in told
        if row["rows"] and row["stuck"] > limits["stuck_share"] * row["rows"]
    ]  # fmt: skip
    yield from _named(still, "stations show one value for implausibly long")
    holed = [
        row["id"] for row in told
        if row["rows"] and (row["coverage"] or 1.0) < limits["coverage_least"]
    ]  # fmt: skip
    yield from _named(holed, "stations miss many readings; an absent count may mean no vehicles")


def _named(ids: list[str], what: str) -> Iterator[str]:
    if ids:
        more = " ..." if len(ids) > SHOWN else ""
        yield f"{len(ids)} {what}: {', '.join(ids[:SHOWN])}{more}."

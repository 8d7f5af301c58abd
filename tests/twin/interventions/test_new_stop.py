from __future__ import annotations

from typing import Any

import geopandas as gpd
import pytest

from tests.twin.cities import CRS, place
from tests.twin.mobility.service import served
from twin import lines
from twin.errors import ScenarioError
from twin.interventions.new_stop import NewStop
from twin.mobility import transit_lines

CITY = served()


def stop(x: float = 50, y: float = 100, **changes: Any) -> NewStop:
    at = gpd.GeoSeries([place(x, y)], crs=CRS).to_crs(4326).iloc[0]
    return NewStop.model_validate(
        {"id": "s", "where": {"ids": ["b:1"]}, "start": 2025, "at": [at.x, at.y], "name": "Halt",
         "dwell": 30, **changes}
    )  # fmt: skip


def test_the_line_calls_halfway_and_is_half_a_minute_later() -> None:
    after = stop().apply(CITY)
    row = after.transit_stops.loc["new:s:stop"]
    assert (row["name"], row["feed"], row["street"], row["inside"]) == (
        "Halt", "new", "w102:21-22", True,
    )  # fmt: skip
    assert row["door"] == pytest.approx(0.0, abs=1e-3)
    found = lines.service(after)
    trips = transit_lines.active(found.trips, found.lines).query("route == 'b:1'")
    calls = found.times[found.times["trip"].isin(trips.index)]
    runs = calls.groupby("trip")["stop"].agg(tuple).value_counts()
    assert runs.to_dict() == {
        ("b:w", "new:s:stop", "b:m", "b:e"): 6, ("b:e", "b:m", "new:s:stop", "b:w"): 4,
    }  # fmt: skip
    length = calls.groupby("trip")["arrival"].agg(lambda part: part.max() - part.min())
    assert set(length) == {150}  # 30 + 30 standing + 30 + 60
    minutes = lines.table(after)["line_minutes"]
    assert minutes["b:1"] == pytest.approx(2.5)
    assert minutes["b:2"] == pytest.approx(1.0)


def test_without_a_dwell_time_that_of_the_table_counts() -> None:
    minutes = lines.table(stop(dwell=None).apply(CITY))["line_minutes"]
    assert minutes["b:1"] == pytest.approx(2 + 20 / 60)


def test_the_price_is_the_stop() -> None:
    """The way is as long as before, and no bus is needed more."""
    cost = stop().cost(CITY)
    assert (cost.amount, cost.lifetime) == (20_000.0, 20.0)
    assert cost.running == pytest.approx(600.0)
    assert (cost.quantity, cost.unit, cost.payer) == (1.0, "lines", "municipality")


def test_a_stop_that_no_line_passes_or_no_street_reaches_is_refused() -> None:
    with pytest.raises(ScenarioError, match="too far from b:1"):
        stop(250, 0).apply(CITY)
    with pytest.raises(ScenarioError, match="out of the model area"):
        stop(9_000, 0).apply(CITY)

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from layers.errors import InputError
from layers.schema import silent
from tests.twin.cities import frame, place, tiny
from twin import calibrate, simulate

if TYPE_CHECKING:
    from twin.city import City


def counted(**counts: float) -> City:
    """Lilleby with counters on Hovedgaden [veh/d], each off by a tenth, counted in the base year."""
    streets = {"west": "w102:21-22", "middle": "w102:22-23", "east": "w102:23-24"}
    names = list(counts)
    stations = frame(
        "stations", names,
        geometry=[place(50 + 100 * list(streets).index(name), 100) for name in names],
        station=names, quantity="traffic", unit="veh/d", source="counts", grade="sensor",
        kind="aadt", street=[streets[name] for name in names], direction="both",
        count=[counts[name] for name in names],
        count_spread=[0.1 * counts[name] for name in names], year=2024.0, attachment="attached",
    )  # fmt: skip
    city = tiny()
    zones = city.zones
    zones[["people", "jobs"]] *= 100.0
    return city.replace(stations=gpd.GeoDataFrame(stations), zones=zones,
                        parameters=city.parameters.iloc[:0])  # fmt: skip


@pytest.fixture(scope="module")
def found() -> calibrate.Calibration:
    return calibrate.run(counted(west=3000.0, middle=4000.0, east=4000.0), silent)


def test_cars_come_nearer_to_the_counts(found: calibrate.Calibration) -> None:
    assert found.summary["error_after"] < 0.5 * found.summary["error_before"]
    assert np.abs(found.counters["deviation_after"]).max() < 3.0
    assert found.summary["trips_after"] < found.summary["trips_before"]


def test_the_fitted_city_is_simulated_as_fitted(found: calibrate.Calibration) -> None:
    vehicles = simulate.run(found.city).frames["streets"]["vehicles"]
    told = found.counters
    assert vehicles[told["street"]].to_numpy() == pytest.approx(told["after"].to_numpy(), rel=0.02)
    assert "calibration" in found.city.sources.index


def test_counters_left_out_are_foretold(found: calibrate.Calibration) -> None:
    assert found.counters["held_out"].notna().all()
    assert np.isfinite(found.summary["error_held_out"])


def test_old_counts_grow_to_the_base_year() -> None:
    city = counted(west=1000.0)
    old = city.stations.assign(year=2014.0)
    told = calibrate.counts(city.replace(stations=old), 0.01)
    assert told["count"].iloc[0] == pytest.approx(1000.0 * 1.01**10)
    assert told["error"].iloc[0] == pytest.approx(100.0 * 1.01**10)


def test_without_a_counter_on_a_street_it_says_what_to_do() -> None:
    with pytest.raises(InputError, match="no counter stands on a street"):
        calibrate.run(tiny(), silent)


def test_trips_of_the_fit_are_whole(found: calibrate.Calibration) -> None:
    trips = found.city.trips
    assert isinstance(trips, pd.DataFrame)
    assert trips["trips"].sum() == pytest.approx(found.summary["trips_after"])
    assert set(trips["source"]) == {"calibration"}

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from layers import tables
from layers.errors import InputError
from layers.schema import silent
from tests.twin.cities import frame, place, tiny
from twin import calibrate, simulate, travel
from twin.mobility import day
from twin.mobility.active import active_parameters
from twin.mobility.demand_parameters import PURPOSES
from twin.mobility.parameters import mobility_parameters

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


class Series:
    """Readings of counters as `twin.store.open` gives them: the same hours on every day."""

    def __init__(self, hours: dict[str, np.ndarray]) -> None:
        self.hours = hours

    def read(self, name: str) -> pd.DataFrame:
        times = pd.date_range("2024-01-01", "2024-12-31 23:00", freq="h", tz="Europe/Copenhagen")
        usual = tables.figures("day_types")
        factor = [usual[f"month.{t.month}"] * usual[f"weekday.{t.isoweekday()}"] for t in times]
        values = self.hours[name][times.hour] * np.array(factor)
        rows = pd.DataFrame({"series": name, "time": times.tz_convert("UTC"), "value": values})
        return rows.assign(flags=0, unit="veh")


def test_trips_that_are_all_more_are_found_again_with_the_hours_they_cause() -> None:
    """Truth: every trip between zones 1.25 times; the fit knows only the counts that they cause."""
    base = counted(west=1.0, middle=1.0, east=1.0)
    parameters, active = (
        mobility_parameters(base.country, base.parameters),
        active_parameters(),
    )
    town = travel.town_of(base, None)
    usual = day.run(town, parameters, active)
    more = usual.home * (1.25 - 0.25 * np.eye(len(town.zones)))
    true = replace(town, matrices=dict(zip(PURPOSES, more, strict=True)))
    found = day.run(true, parameters, active, warm=usual.warm)
    streets = base.stations["street"]
    hours = {str(name): np.full(24, 1.0) for name in streets.index}
    for hour in found.hours:
        flow = pd.Series(hour.found.flow).groupby(hour.roads.links["street"].to_numpy()).sum()
        for name, street in streets.items():
            hours[str(name)][hour.period.busiest] = flow[street]
    vehicles = found.streets["vehicles"]
    stations = base.stations.assign(
        quantity="vehicles", kind="series", unit="veh", count=vehicles[streets].to_numpy(),
        count_spread=0.02 * vehicles[streets].to_numpy(),
    )  # fmt: skip
    known = base.replace(stations=gpd.GeoDataFrame(stations), readings=Series(hours))
    fit = calibrate.run(known, silent)
    assert fit.summary["trips_after"] == pytest.approx(more.sum(), rel=0.02)
    assert fit.summary["error_after"] < 0.1 * fit.summary["error_before"]
    assert fit.summary["hours"] == 3.0 * len(found.hours)
    told = fit.hours
    count, before = told["count"], told["before"]
    np.testing.assert_allclose(
        told["geh_before"], np.sqrt(2.0 * (before - count) ** 2 / (before + count)), rtol=1e-9
    )
    assert (told["geh_after"] <= told["geh_before"]).all()
    assert told["geh_after"].max() < 1.0
    assert told["geh_held_out"].mean() < told["geh_before"].mean()
    assert not any("not given for these daily" in said for said in fit.limits)


def test_daily_counts_alone_have_no_geh(found: calibrate.Calibration) -> None:
    assert found.hours.empty
    assert np.isnan(found.summary["geh_after"])
    assert any("not given for these daily" in said for said in found.limits)

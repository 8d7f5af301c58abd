"""Mobility on real places: what must hold whatever the data look like."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from twin import build
from twin.mobility import access, day
from twin.mobility.active import active_parameters
from twin.mobility.parameters import mobility_parameters

if TYPE_CHECKING:
    from pathlib import Path

    from twin.city import City


@pytest.fixture(scope="module")
def centre(helsinki: Path) -> City:
    return build.from_osm(helsinki)


def _traffic(city: City, **options: Any) -> day.DayRun:
    streets = options.pop("streets", city.streets)
    town = day.Town(streets, city.junctions, city.turns, city.zones, city.buildings)
    return day.run(town, mobility_parameters(city.country), active_parameters(), **options)


def _proved(found: day.DayRun, gap: float) -> None:
    proof = found.certificate
    assert proof["relative_gap"] <= gap
    assert proof["elastic_residual"] <= 100 * gap
    assert max(proof["node_residual"], proof["flow_residual"], proof["demand_residual"]) <= 1e-6
    assert proof["broken_paths"] == 0
    assert proof["trip_table_residual"] <= 1e-9
    carried = fsum(found.people.to_numpy().ravel())
    made = proof["trips_per_day"] - proof["trips_cut_off"] - proof["trips_outside"]
    assert carried == pytest.approx(made, rel=1e-9)


def test_a_clipped_centre_yields_proved_traffic(centre: City) -> None:
    found = _traffic(centre)
    _proved(found, mobility_parameters(centre.country).gap)
    cars = found.streets.dropna(subset=["vehicles"])
    assert (cars["vehicles"] >= 0.0).all()
    assert cars["vehicles"].max() > 100.0
    # Seconds of waiting on the last metres before a signal make a speed near zero.
    long = centre.streets["length"].loc[cars.index] > 20.0
    assert cars["speed"].between(0.0, 130.0, inclusive="right").all()
    assert cars.loc[long, "speed"].min() > 1.0
    inside = centre.streets.loc[cars.index, "inside"]
    assert set(found.activity["object_id"]) == set(cars.index[inside])


def test_closing_the_busiest_street_lengthens_the_ways_of_others(centre: City) -> None:
    before = _traffic(centre)
    streets = centre.streets
    busiest = before.streets["vehicles"].idxmax()
    streets.loc[busiest, ["drive_forward", "drive_backward"]] = False
    after = _traffic(centre, streets=streets, warm=before.warm)
    _proved(after, mobility_parameters(centre.country).gap)
    change = after.streets["vehicles"] - before.streets["vehicles"]
    assert np.isnan(after.streets["vehicles"].get(busiest, np.nan))
    assert change.max() > 0.3 * before.streets["vehicles"].max()


def test_every_building_of_a_clipped_centre_has_its_walks(centre: City) -> None:
    parameters = active_parameters()
    found = access.run(centre.buildings, centre.places, centre.streets, centre.junctions,
                       parameters, stops=centre.stops)  # fmt: skip
    assert found.frame.index.equals(centre.buildings.index)
    for need in parameters.needs["need"].unique():
        column = found.frame[f"walk_{need}"]
        assert column.isna().sum() == found.counts[f"unreached_{need}"]
        points = centre.stops if need == "transit" else centre.places.query("need == @need")
        if len(points):
            crow = np.array([points.distance(home).min()
                             for home in centre.buildings.representative_point()])  # fmt: skip
            slack = 1e-6
            assert (column / 60 * 4800 >= crow - slack).all()
            assert column.median() < 20.0


@pytest.mark.data
def test_a_whole_country_yields_proved_traffic(data_dir: Path) -> None:
    city = build.from_osm(data_dir / "osm" / "liechtenstein-2021-05-05.osm.pbf")
    found = _traffic(city)
    _proved(found, mobility_parameters(city.country).gap)
    again = _traffic(city, warm=found.warm)
    change = (again.streets["vehicles"] - found.streets["vehicles"]).abs()
    assert change.max() <= 1e-3 * found.streets["vehicles"].max()
    assert any("stand in for LI" in limit for limit in found.limits)

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.twin.cities import tiny
from twin.mobility import demand, network
from twin.mobility.parameters import mobility_parameters

PARAMETERS = mobility_parameters("DK")


def _run(**changes: Any) -> demand.Demand:
    city = tiny()
    zones = changes.pop("zones", city.zones)
    streets = changes.pop("streets", city.streets)
    parameters = replace(PARAMETERS, **changes)
    roads = network.build(streets, city.junctions, zones, parameters)
    return demand.run(roads, zones, parameters)


def test_trips_of_a_town_by_hand() -> None:
    found = _run()
    # 80 people make 2.8 trips a day, half of them at the wheel; a tenth in the busiest hour.
    assert found.daily == pytest.approx(112.0)
    assert found.trips.trips.sum() == pytest.approx(11.2)
    assert found.residual <= 1e-9
    assert found.cut_off == 0.0


def test_as_many_drive_home_as_went() -> None:
    found = _run(trip_length=0.25)
    table = np.zeros((3, 3))
    table[found.trips.origin, found.trips.destination] = found.trips.trips
    assert table == pytest.approx(table.T)
    assert found.fitted
    assert found.length == pytest.approx(0.25)


def test_a_zone_that_cars_cannot_leave_is_counted_and_left_out() -> None:
    zones = tiny().zones
    zones.loc["z0_0", "node"] = 999
    found = _run(zones=zones)
    assert found.cut_off_zones.tolist() == ["z0_0"]
    assert found.cut_off == pytest.approx(4 * 1.4)
    assert found.trips.trips.sum() == pytest.approx(0.1 * 76 * 1.4)
    assert 0 not in found.trips.origin


def test_an_empty_town_has_no_trips() -> None:
    zones = tiny().zones
    zones["people"] = 0.0
    assert len(_run(zones=zones).trips.trips) == 0
    assert len(_run(zones=tiny().zones.iloc[:0]).trips.trips) == 0

from __future__ import annotations

import numpy as np
import pytest

from layers import tables
from twin.mobility.active import active_parameters

PARAMETERS = active_parameters()


@pytest.mark.parametrize("name", ["active", "street_volumes"])
def test_every_figure_lies_in_its_range(name: str) -> None:
    rows = tables.load(name)
    assert (rows["low"] <= rows["value"]).all()
    assert (rows["value"] <= rows["high"]).all()


def test_an_e_bike_brakes_like_a_bicycle_and_climbs_better() -> None:
    assert PARAMETERS.ebike.brake == PARAMETERS.bicycle.brake
    assert PARAMETERS.ebike.downhill == PARAMETERS.bicycle.downhill
    assert PARAMETERS.ebike.uphill < PARAMETERS.bicycle.uphill
    assert PARAMETERS.ebike.speed > PARAMETERS.bicycle.speed


def test_every_class_of_road_has_its_cars_and_its_line() -> None:
    drive = tables.load("osm_highways").query("drive == 'yes'")["highway"]
    assert set(drive) <= set(PARAMETERS.volumes)
    assert set(PARAMETERS.volumes) == set(PARAMETERS.centrelines)


def test_stress_tables_are_whole_and_rise() -> None:
    assert set(PARAMETERS.felt) == {"path", "street", "1", "2", "3", "4"}
    felt = [PARAMETERS.felt[str(level)] for level in (1, 2, 3, 4)]
    assert felt == sorted(felt)
    assert len(PARAMETERS.stress) == 8
    for table in PARAMETERS.stress.values():
        assert np.isinf(table.vehicles[-1])
        assert np.isinf(table.speed[-1])
        assert table.level.shape == (len(table.vehicles), len(table.speed))
        assert (np.diff(table.level, axis=0) >= 0).all()
        assert (np.diff(table.level, axis=1) >= 0).all()


def test_words_for_cycle_facilities_are_known_ones() -> None:
    assert set(PARAMETERS.facilities.values()) == {"track", "lane", "street", "mixed"}
    for own in ("track", "lane", "street"):
        assert PARAMETERS.facilities[own] == own

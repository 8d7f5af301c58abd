from __future__ import annotations

import numpy as np
import pytest

from twin.mobility import profiles
from twin.mobility.demand_parameters import demand_parameters


def test_the_periods_cover_the_day_once() -> None:
    hours = np.concatenate([profiles.hours_of(name) for name in profiles.names()])
    assert sorted(hours) == list(range(24))
    assert profiles.names() == ("morning", "midday", "evening", "night")
    assert profiles.hours_of("night").tolist() == [*range(19, 24), *range(6)]


@pytest.mark.parametrize("country", ["DE", "DK", "ES", "FI", "EU"])
def test_the_day_is_the_sum_of_its_periods(country: str) -> None:
    parameters = demand_parameters(country)
    trips = np.array([5.0, 2.0, 7.0, 6.0, 1.0, 3.0])
    made = profiles.by_hour(trips, parameters.hours)
    assert made.sum() == pytest.approx(24.0, abs=1e-9)
    found = profiles.periods(trips, parameters.hours)
    assert sum(one.expansion * made[one.busiest] for one in found) == pytest.approx(24.0, abs=1e-9)
    for one in found:
        assert one.busiest in one.hours
        assert made[one.busiest] == made[one.hours].max()


def test_busiest_hour_by_hand() -> None:
    hours = np.zeros((1, 2, 24))
    hours[0, 0, [7, 8]] = 0.25, 0.75
    hours[0, 1, 16] = 1.0
    morning, midday, evening, night = profiles.periods(np.array([200.0]), hours)
    assert morning.busiest == 8
    assert morning.expansion == pytest.approx(4.0 / 3.0)
    assert (evening.busiest, evening.expansion) == (16, 1.0)
    assert midday.expansion == night.expansion == 0.0

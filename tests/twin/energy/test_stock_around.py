from __future__ import annotations

import numpy as np
import pytest

from tests.twin.energy import rooms, stocks
from twin.energy import hourly, stock_around, stock_zones, zones
from twin.energy.occupancy import LIVED, STANDARD
from twin.energy.shading import Shading

HOT = rooms.climate(
    24.0 + 8.0 * np.sin((np.arange(336) - 9) / 24.0 * 2.0 * np.pi), sun=1.0, day="2024-07-01"
)
HOMES = stocks.assembled().buildings["use"].isin(["house", "terrace", "apartments"]).to_numpy()


def shade(height: float, seen: float) -> Shading:
    """Every building behind a wall of the same height all around."""
    index = stocks.assembled().buildings.index
    return Shading(
        index, np.full((len(index), 9, 36), height, np.float32), np.full((len(index), 9), seen),
        np.ones((len(index), 8)), terrain=False,
    )  # fmt: skip


def town(weather: zones.Weather = stocks.FORTNIGHT, **options: object) -> hourly.StockYear:
    return hourly.run(stocks.assembled(), weather, stocks.DANISH, **options)  # type: ignore[arg-type]


def test_zones_with_horizons_are_sound() -> None:
    found = stock_zones.zones_of(
        stocks.assembled(), stocks.DANISH, HOT, living=LIVED, shading=shade(20.0, 0.6)
    )
    assert zones.wrong(found) == []
    assert found.around is not None
    assert found.around.row.reshape(-1, 17)[2].tolist() == [
        18, 19, 20, 21, 22, 23, 24, 25, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    ]  # fmt: skip


def test_shade_costs_heat_and_spares_cold() -> None:
    bright, dim = (town(shading=shade(*given)) for given in ((0.0, 1.0), (45.0, 0.4)))
    assert (dim.frame["heat_standard"] > bright.frame["heat_standard"]).all()
    warm = town(HOT, shading=shade(0.0, 1.0)).frame["cooling_standard"]
    cool = town(HOT, shading=shade(60.0, 0.3)).frame["cooling_standard"]
    assert (cool <= warm).all()
    assert cool.sum() < warm.sum()


def test_a_changed_horizon_is_worked_out_again() -> None:
    first = town(shading=shade(10.0, 0.9))
    same = town(shading=shade(10.0, 0.9), warm=first.groups)
    other = town(shading=shade(11.0, 0.9), warm=first.groups)
    assert (same.computed, other.computed) == (0, len(first.frame))


def test_homes_as_lived_open_windows_and_certificates_do_not() -> None:
    made = {
        living: stock_around.around(
            stocks.assembled(), stocks.DANISH, HOT, living=living, shading=None
        )
        for living in (STANDARD, LIVED)
    }
    assert (made[STANDARD].flow == 0.0).all()
    assert (made[STANDARD].shut == 1.0).all()
    assert (made[LIVED].flow[HOMES] > 0.0).all()
    assert (made[LIVED].flow[~HOMES] == 0.0).all()


@pytest.mark.parametrize(("column", "value"), [("night_cooling", 4.0), ("blinds", 0.2), ("microclimate", -3.0)])  # fmt: skip
def test_measures_against_heat_leave_fewer_warm_hours(column: str, value: float) -> None:
    plain = hourly.run(stocks.assembled(), HOT, stocks.DANISH).frame
    changed = stocks.assembled(stocks.changed(**{column: value}))
    better = hourly.run(changed, HOT, stocks.DANISH).frame
    assert better["overheating_hours"].sum() < plain["overheating_hours"].sum()
    assert better["cooling_standard"].sum() < plain["cooling_standard"].sum()


def test_rooms_without_people_are_not_too_warm() -> None:
    limits = stock_around.around(stocks.assembled(), stocks.DANISH, HOT, living=LIVED, shading=None)
    school = np.flatnonzero(stocks.assembled().buildings["use"] == "school")[0]
    week = limits.limits[limits.kind[school], :168].reshape(7, 24)
    # The weather begins on a Monday: lessons from eight to five, none at weekends.
    assert (week[:5, 8:16] < 40.0).all()
    assert (week[:, :8] > 1e6).all()
    assert (week[5:] > 1e6).all()

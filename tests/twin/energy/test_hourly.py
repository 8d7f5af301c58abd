from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from tests.twin.energy import rooms, stocks
from twin.energy import hourly, stock_shell, stock_zones, thermal, zones
from twin.energy.occupancy import LIVED, STANDARD

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.energy.stock import Stock

BASE = stocks.year()


def test_zones_are_sound() -> None:
    for living in (STANDARD, LIVED):
        found = stock_zones.zones_of(
            stocks.assembled(), stocks.DANISH, stocks.FORTNIGHT, living=living
        )
        assert zones.wrong(found) == []
        assert len(found) == len(BASE.frame)


def test_a_steady_state_is_the_hand_calculation() -> None:
    # Cold, dark and without wind or a cold sky: what is left are U-values and air.
    dark = rooms.climate(np.zeros(336), wind=3.0)
    given = stocks.assembled()
    one = stock_zones.zones_of(given, stocks.DANISH, dark, living=STANDARD)
    homes = given.buildings["use"].isin(["house", "terrace", "apartments"]).to_numpy()
    found = thermal.simulate(one, dark, hourly=True)
    assert found.hourly is not None
    power = found.hourly[homes, 0].mean(axis=1)
    area, parts = stock_shell.areas(given, stocks.DANISH.rooms), range(4)
    core = np.array([(1.0 / one.conductance[part::5]).sum(axis=1) for part in parts]).T
    outside = zones.outside(dark, 1.67)[0]
    films = np.array([
        1.0 / (outside[0, 1] + 0.9 * outside[0, 2]), 1.0 / (outside[1, 1] + 0.84 * outside[1, 2]),
        1.0 / (outside[0, 1] + 0.9 * outside[0, 2]), 0.04,
    ])  # fmt: skip
    inner = np.array([1.0 / one.inside[part::5].sum(axis=1) for part in parts]).T
    loss = (area[:, :4] / (core + films + inner)).sum(axis=1) + one.infiltration + one.ventilation
    # Surfaces inside see walls colder than the air, so a little less is lost.
    expected = (loss * 20.0 - one.gains.sum(axis=1))[homes]
    assert (power < expected).all()
    np.testing.assert_allclose(power, expected, rtol=0.12)


@pytest.mark.parametrize("column", ["u_wall", "u_roof", "u_floor", "u_window"])
def test_more_insulation_never_needs_more_heat(column: str) -> None:
    needs = [
        stocks.year(stocks.changed(**{column: value})).frame["heat_standard"]
        for value in (2.0, 0.8, 0.2)
    ]
    assert (needs[0] > needs[1]).all()
    assert (needs[1] > needs[2]).all()


def test_tight_houses_and_heat_recovery_need_less() -> None:
    tight = stocks.year(stocks.changed(n50=0.6)).frame["heat_standard"]
    leaky = stocks.year(stocks.changed(n50=8.0)).frame["heat_standard"]
    kept = stocks.year(stocks.changed(n50=0.6, heat_recovery=0.8)).frame["heat_standard"]
    assert (kept < tight).all()
    assert (tight < leaky).all()


def test_set_points_are_lived_and_not_certified() -> None:
    cool = stocks.year(stocks.changed(setpoint=17.0)).frame
    homes = stocks.BUILDINGS.loc[cool.index, "use"].isin(["house", "terrace", "apartments"])
    assert (cool["heat"] < BASE.frame["heat"])[homes].all()
    assert cool["heat_standard"][homes].equals(BASE.frame["heat_standard"][homes])


def test_balances_close() -> None:
    assert BASE.frame["residual"].max() < 1e-9
    assert BASE.balance["residual of the load curve [1]"] < 1e-12
    assert BASE.monthly.sum(axis=2)[:, 0] == pytest.approx(BASE.frame["heat"].to_numpy())


def test_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = stocks.year(many())
    monkeypatch.setattr(hourly, "CHUNK", 4)
    found = stocks.year(many())
    pd.testing.assert_frame_equal(found.frame, whole.frame, check_exact=True)
    pd.testing.assert_frame_equal(found.load, whole.load, check_exact=True)


def test_a_visitor_sees_every_building_and_the_load_curve() -> None:
    def visitor(part: Stock) -> hourly.Visit:
        def visit(rows: slice, heat: Any, cold: Any) -> tuple[list[str], Any]:
            return list(part.buildings.index[rows]), heat.sum(axis=0) + cold.sum(axis=0)

        return visit

    found = hourly.run(stocks.assembled(), stocks.FORTNIGHT, stocks.DANISH, visitor=visitor)
    seen = [name for names, _ in found.visited for name in names]
    assert seen == list(found.frame.index[found.order])
    total = sum(load for _, load in found.visited)
    np.testing.assert_allclose(total / 1000.0, BASE.load.sum(axis=1))


def many() -> gpd.GeoDataFrame:
    """The buildings many times, so that there are several groups."""
    times = [stocks.BUILDINGS.set_axis(stocks.BUILDINGS.index + f"-{n}") for n in range(12)]
    return pd.concat(times)


def test_only_groups_with_a_change_are_worked_out_again() -> None:
    plain = many()
    first = stocks.year(plain)
    assert first.computed == len(first.frame)
    same = hourly.run(stocks.assembled(plain), stocks.FORTNIGHT, stocks.DANISH, warm=first.groups)
    assert same.computed == 0
    pd.testing.assert_frame_equal(same.frame, first.frame)
    better = plain.assign(u_wall=np.where(plain.index == "w1001-3", 0.2, np.nan))
    given = stocks.assembled(better)
    again = hourly.run(given, stocks.FORTNIGHT, stocks.DANISH, warm=first.groups)
    assert 0 < again.computed < len(first.frame) / 2
    fresh = hourly.run(given, stocks.FORTNIGHT, stocks.DANISH)
    # To the last bit, the sums over the town included.
    pd.testing.assert_frame_equal(again.frame, fresh.frame, check_exact=True)
    pd.testing.assert_frame_equal(again.load, fresh.load, check_exact=True)
    changed = again.frame["heat"] != first.frame["heat"]
    assert list(changed.index[changed]) == ["w1001-3"]


def test_another_weather_leaves_nothing_to_take_up() -> None:
    first = stocks.year()
    warmer = dc.replace(stocks.FORTNIGHT, temperature=stocks.FORTNIGHT.temperature + 1.0)
    found = hourly.run(stocks.assembled(), warmer, stocks.DANISH, warm=first.groups)
    assert found.computed == len(first.frame)


def test_a_building_that_goes_leaves_the_other_groups_alone() -> None:
    plain = many()
    first = stocks.year(plain)
    fewer = stocks.assembled(plain.drop(index="w1005-7"))
    found = hourly.run(fewer, stocks.FORTNIGHT, stocks.DANISH, warm=first.groups)
    assert 0 < found.computed < len(first.frame) / 2


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_do_not_matter(threads: int) -> None:
    found = hourly.run(stocks.assembled(), stocks.FORTNIGHT, stocks.DANISH, threads=threads)
    pd.testing.assert_frame_equal(found.frame, BASE.frame, check_exact=True)


def test_both_models_agree_roughly_on_the_town() -> None:
    given = stocks.assembled()
    full, simple = (
        hourly.run(given, stocks.YEAR, stocks.DANISH, model=model).frame["heat_standard"].sum()
        for model in thermal.MODELS
    )
    assert simple == pytest.approx(full, rel=0.1)


def test_a_town_turned_by_a_quarter_gets_the_same_light_elsewhere() -> None:
    given = stocks.assembled()
    walls = given.walls
    turned = dc.replace(given, walls=dc.replace(walls, exposed=np.roll(walls.exposed, 2, axis=1)))
    one, other = (
        stock_zones.zones_of(at, stocks.DANISH, stocks.FORTNIGHT, living=STANDARD)
        for at in (given, turned)
    )
    weight = one.sun_weight.reshape(-1, 17)
    np.testing.assert_allclose(
        np.roll(weight[:, :8], 2, axis=1), other.sun_weight.reshape(-1, 17)[:, :8]
    )


def test_an_empty_town_is_an_empty_year() -> None:
    found = stocks.year(stocks.changed(inside=False))
    assert found.frame.empty
    assert (found.load.to_numpy() == 0.0).all()

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from twin.energy import delivery, facade_sun, heat_pumps, self_use, solar_thermal, supply
from twin.energy import delivery_kernel as kernel
from twin.energy.parameters import energy_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PARAMETERS = energy_parameters("LI")
FIGURE = heat_pumps.figures()
COUNT = 24 * 21
TIMES = pd.date_range("2023-06-20", periods=COUNT, freq="h")
OUTDOOR = 12.0 + 12.0 * np.sin(2.0 * np.pi * np.arange(COUNT) / 24.0 - 2.0)
PLACE = (47.1, 9.5, 450.0)
GHI = np.maximum(np.sin(2.0 * np.pi * (np.arange(COUNT) - 5) / 24.0), 0.0) * 700.0
WEATHER: Any = SimpleNamespace(
    sun=facade_sun.sky(TIMES, PLACE, (np.zeros(COUNT), GHI, GHI)),
    times=TIMES, temperature=OUTDOOR, ground=np.full(COUNT, 9.0),
    months=TIMES.month.to_numpy().astype(np.int64) - 1,
)  # fmt: skip
HOURS = supply.hours(WEATHER, "Europe/Vaduz", "ES")
SUN = np.maximum(np.sin(2.0 * np.pi * (np.arange(COUNT) - 6) / 24.0), 0.0)[None] * 800.0


def houses(**columns: Any) -> Any:
    count = len(next(iter(columns.values())))
    table = pd.DataFrame({"heating": ["natural_gas"] * count, "use": ["house"] * count} | columns)
    table.index = pd.Index([f"w{number}" for number in range(count)], name="id")
    return SimpleNamespace(buildings=table)


def homes(of: Any, **given: Any) -> supply.Homes:
    index = of.buildings.index
    steps = given.pop("steps", HOURS)
    water = pd.Series(500.0, index=index)
    power = pd.DataFrame({"appliances": 300.0, "lighting": 60.0, "cooking": 40.0}, index=index)
    return supply.homes(of, PARAMETERS, steps, water=water, power=power, **given)


def need(count: int) -> Floats:
    found: Floats = np.maximum(18.0 - OUTDOOR, 0.0) * np.linspace(80.0, 300.0, count)[:, None]
    return found


KINDS = ["heat_pump", "heat_pump_ground", "heat_pump_water", "room_unit", "electricity",
         "natural_gas", "district_heating", "mix"]  # fmt: skip


def plain(of: Any, heat: Floats, cold: Floats, row: int) -> dict[str, float]:
    """Hours of one house as arrays, by the functions for arrays."""
    house = of.buildings.iloc[row]
    share = PARAMETERS.mix if house["heating"] == "mix" else pd.Series({house["heating"]: 1.0})
    pumps = [kind for kind in share.index if kind in heat_pumps.PUMPS]
    source = heat_pumps.PUMPS[pumps[0]] if pumps else 0
    design = heat_pumps.design_temperature(OUTDOOR, FIGURE)
    flow = FIGURE["flow.room_unit" if house["heating"] == "room_unit" else "flow.radiator"]
    rise = heat_pumps.slope(np.array(flow), design, FIGURE)
    cold_side = heat_pumps.source_temperatures(OUTDOOR, WEATHER.ground, FIGURE)[source]
    lift = heat_pumps.flow_temperature(OUTDOOR, rise, FIGURE) - cold_side
    cover = {"heat_pump": 0.8}.get(pumps[0], 1.0) if pumps else 1.0
    by_pump = share[pumps].sum() * np.minimum(heat[row], cover * heat[row].max())
    rooms = by_pump / heat_pumps.cop(lift, source, FIGURE)
    rooms = rooms + share[pumps].sum() * heat[row] - by_pump
    rooms = rooms + share.get("electricity", 0.0) * heat[row]
    shapes = HOURS.shapes
    hot = 500.0 * shapes.power[shapes.names.index("hot_water")]
    warm = heat_pumps.cop(50.0 - cold_side, source, FIGURE)
    wet = 0.0 if house["heating"] == "room_unit" else share[pumps].sum()
    dry = share.get("electricity", 0.0) + (house["heating"] == "room_unit")
    water = wet * hot / warm + dry * hot
    kind = list(heat_pumps.COOLERS).index(house["cooling"])
    if house["cooling"] == "none" and house["heating"] == "room_unit":
        kind = 0
    cooling = cold[row] / heat_pumps.eer(OUTDOOR, FIGURE)[kind] if kind else np.zeros(COUNT)
    other = 400.0 * shapes.power[shapes.names.index("household")]
    total = rooms + water + cooling + other
    used = self_use.year(
        total[None], house["pv"] * SUN, np.array([house["battery"]]), FIGURE
    ).figures[0]
    return {"rooms": rooms.sum() / 1000, "water": water.sum() / 1000,
            "cooling": cooling.sum() / 1000, "total": total.sum() / 1000,
            "bought": used[self_use.BOUGHT], "sold": used[self_use.SOLD]}  # fmt: skip


@pytest.fixture(scope="module")
def case() -> tuple[Any, Floats, Floats, delivery.Delivery]:
    of = houses(
        heating=KINDS, cooling=["none", "room_units", "heat_pump", "none", "central"] + ["none"] * 3,
        pv=[0.0, 5.0, 5.0, 2.0, 0.0, 10.0, 3.0, 1.0], battery=[0, 0, 5.0, 1.0, 3.0, 0, 8.0, 0],
    )  # fmt: skip
    heat, cold = need(len(KINDS)), np.maximum(OUTDOOR - 20.0, 0.0) * np.full((len(KINDS), 1), 90.0)
    return of, heat, cold, delivery.year(heat, cold, homes(of), HOURS, sun=SUN)


@pytest.mark.parametrize("row", range(len(KINDS)))
def test_the_kernel_is_the_arrays(
    case: tuple[Any, Floats, Floats, delivery.Delivery], row: int
) -> None:
    of, heat, cold, found = case
    figures, expected = found.figures[row], plain(of, heat, cold, row)
    assert figures[kernel.USED] == pytest.approx(expected["rooms"], rel=1e-10)
    assert figures[kernel.USED + 1] == pytest.approx(expected["water"], rel=1e-10)
    assert figures[kernel.USED + 2] == pytest.approx(expected["cooling"], rel=1e-10, abs=1e-12)
    assert figures[kernel.USED : kernel.USED + 4].sum() == pytest.approx(expected["total"])
    bought = figures[kernel.BOUGHT : kernel.BOUGHT + 4].sum()
    assert bought == pytest.approx(expected["bought"], rel=1e-10)
    assert figures[kernel.SOLD] == pytest.approx(expected["sold"], rel=1e-10, abs=1e-12)


def test_sums_close(case: tuple[Any, Floats, Floats, delivery.Delivery]) -> None:
    found = case[3]
    assert found.residual < 1e-12
    bought = found.figures[:, kernel.BOUGHT : kernel.BOUGHT + 4].sum(axis=1)
    assert delivery.bands_bought(found).sum(axis=1) == pytest.approx(bought)
    assert found.monthly[:, 0].sum(axis=1) == pytest.approx(bought)
    assert found.load[: kernel.ENDS].sum() == pytest.approx(bought.sum())
    ends = found.figures[:, kernel.BOUGHT : kernel.BOUGHT + 4].sum(axis=0)
    assert found.load[: kernel.ENDS].sum(axis=1) == pytest.approx(ends)
    for row, column in ((kernel.LOAD_MADE, kernel.MADE), (kernel.LOAD_SOLD, kernel.SOLD)):
        assert found.load[row].sum() == pytest.approx(found.figures[:, column].sum())
    warm = found.figures[:, [kernel.HEAT, kernel.WATER]].sum()
    assert found.load[kernel.LOAD_HEAT].sum() == pytest.approx(warm)
    assert (delivery.bands_bought(found)[0, :2] > 0.0).all()


def test_carriers_and_end_uses_hold_all_that_was_delivered(
    case: tuple[Any, Floats, Floats, delivery.Delivery],
) -> None:
    found = case[3]
    by_end, power = delivery.tables(found)
    total = sum(float(one.to_numpy().sum()) for one in by_end.values()) + power.to_numpy().sum()
    used = found.figures[:, kernel.USED : kernel.USED + 4].sum()
    gas = found.figures[5, kernel.HEAT] / 0.9
    assert by_end["space_heating"].loc["w5", "natural_gas"] == pytest.approx(gas)
    fuels = found.homes.fuels.mul(found.column(kernel.HEAT), axis=0).to_numpy().sum()
    fuels += found.homes.water_fuels.mul(found.column(kernel.WATER), axis=0).to_numpy().sum()
    assert total == pytest.approx(used + fuels, rel=1e-12)
    assert power.loc["w0"].tolist() == pytest.approx([300.0, 60.0, 40.0])


def test_chunks_and_threads_do_not_change_a_house(
    case: tuple[Any, Floats, Floats, delivery.Delivery],
) -> None:
    of, heat, cold, found = case
    own = homes(of)
    parts = [delivery.year(heat[a:b], cold[a:b], own.part(a, b), HOURS, sun=SUN, threads=1)
             for a, b in ((0, 3), (3, 8))]  # fmt: skip
    whole = delivery.joined(parts)
    assert (whole.figures == found.figures).all()
    assert whole.homes.index.equals(found.homes.index)
    single = float(np.finfo(np.float32).eps)  # parts are kept in single precision
    np.testing.assert_allclose(whole.load, found.load, rtol=single)


def test_a_lower_flow_temperature_saves_electricity() -> None:
    of = houses(heating=["heat_pump"] * 3, heating_flow=[35.0, 55.0, np.nan])
    found = delivery.year(np.tile(need(1), (3, 1)), None, homes(of), HOURS)
    rooms = found.figures[:, kernel.USED]
    assert rooms[0] < rooms[1] == rooms[2]


def test_a_known_efficiency_replaces_that_of_the_kind() -> None:
    of = houses(
        heating=["heat_pump", "natural_gas"], heating_efficiency=[4.0, 0.8],
    )  # fmt: skip
    found = delivery.year(need(2), None, homes(of), HOURS)
    heat = found.figures[:, kernel.HEAT]
    assert found.figures[0, kernel.USED] == pytest.approx(heat[0] / 4.0)
    by_end, _ = delivery.tables(found)
    assert by_end["space_heating"].loc["w1", "natural_gas"] == pytest.approx(heat[1] / 0.8)


def test_collectors_take_their_share_of_the_hot_water() -> None:
    of = houses(heating=["natural_gas"] * 2, solar_thermal=[4.0, np.nan])
    found = delivery.year(need(2), None, homes(of), HOURS)
    by_end, _ = delivery.tables(found)
    # All light is diffuse: a plane of 40 degrees sees (1 + cos 40)/2 of it and some of the ground.
    view = np.cos(np.radians(40.0))
    sun = GHI * ((1.0 + view) / 2.0 + 0.2 * (1.0 - view) / 2.0)
    assert HOURS.collectors.sum() == pytest.approx(sun.sum() / 1000.0, rel=0.06)  # Perez: not even
    lengths = np.bincount(HOURS.months, minlength=12).astype(float)
    air = np.bincount(HOURS.months, OUTDOOR, 12) / np.maximum(lengths, 1.0)
    share = solar_thermal.fraction(
        np.array([4.0]), np.array([500.0]), HOURS.collectors, air, lengths, solar_thermal.figures()
    )[0]
    shape = HOURS.shapes.power[HOURS.shapes.names.index("hot_water")] / 1000.0
    gained = 500.0 * np.bincount(HOURS.months, shape, 12) @ share
    water = by_end["hot_water"]
    assert gained > 100.0
    assert water["solar_heat"].tolist() == pytest.approx([gained, 0.0], abs=1e-9)
    assert water["natural_gas"].tolist() == pytest.approx([(500.0 - gained) / 0.9, 500.0 / 0.9])


def test_each_hour_has_the_band_of_its_country() -> None:
    assert set(HOURS.bands) == {0, 1, 2}
    assert not supply.hours(WEATHER, "Europe/Vaduz", "LI").bands.any()


def test_without_cold_nobody_cools() -> None:
    of = houses(heating=["room_unit"], cooling=["central"])
    found = delivery.year(need(1), None, homes(of), HOURS)
    assert found.figures[0, kernel.COLD] == 0.0 == found.figures[0, kernel.USED + 2]


def test_room_units_cool_unless_somebody_says_no() -> None:
    of = houses(heating=["room_unit"] * 2 + ["electricity"], cooling=[None, "none", None])
    assert supply.coolers(of.buildings).tolist() == [1, 0, 0]


def test_months_carry_the_same_energy_without_peaks_or_sun() -> None:
    lengths = np.full(12, 730.0)
    steps = supply.months(np.linspace(-2.0, 18.0, 12), lengths)
    of = houses(heating=["heat_pump", "natural_gas"], pv=[5.0, 5.0])
    heat = np.full((2, 12), 1000.0)
    found = delivery.year(heat, None, homes(of, steps=steps), steps)
    assert found.figures[:, kernel.HEAT] == pytest.approx(8760.0)
    assert found.figures[:, kernel.BACKUP] == pytest.approx(0.0)
    assert found.figures[:, kernel.MADE] == pytest.approx(0.0)
    assert found.figures[1, kernel.BOUGHT + 3] == pytest.approx(400.0)


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="2 houses"):
        delivery.year(need(3), None, homes(houses(heating=["mix"] * 2)), HOURS)

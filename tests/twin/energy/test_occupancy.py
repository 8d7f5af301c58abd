from __future__ import annotations

import numpy as np
import pytest

from layers import tables
from tests.twin.energy import rooms, stocks
from twin.energy import hourly, occupancy, stock
from twin.energy.occupancy import LIVED, STANDARD
from twin.energy.parameters import energy_parameters
from twin.energy.stock_tables import room_tables
from twin.energy.zones import OFF

GIVEN = stocks.assembled()
USE = GIVEN.buildings["use"].to_numpy()
HOMES = np.isin(USE, ["house", "terrace", "apartments"])
SPAIN = energy_parameters("ES")


def week(living: str, row: int = 0, begins: int = 0, of: stock.Stock = GIVEN) -> np.ndarray:
    """Heating and cooling set-point, air, gains and leaks of each building, (n, 168)."""
    found = occupancy.occupancy(of, stocks.DANISH, living, begins)
    return found.profiles[found.schedule[:, row]]


def test_certificates_heat_homes_day_and_night() -> None:
    assert (week(STANDARD)[HOMES] == 20.0).all()
    lived = week(LIVED)[HOMES]
    assert (lived.min(axis=1) < lived.max(axis=1)).all()


def test_a_lived_set_point_by_hand() -> None:
    living = stocks.DANISH.rooms.living
    part, rest = living["heated"], living["unheated"]
    high = part * living["setpoint"] + (1.0 - part) * rest
    assert week(LIVED)[HOMES].max() == pytest.approx(high)


def test_offices_and_schools_rest_at_night_and_on_sundays() -> None:
    days = week(STANDARD)[USE == "school"][0].reshape(7, 24)
    assert (days[6] == days[6, 0]).all()
    assert days[1, 10] == 20.0
    # The set-point is reached in three hours, not at once.
    assert days[1, 3] < days[1, 5] < days[1, 6] < days[1, 7] == 20.0


def test_weeks_begin_where_the_weather_does() -> None:
    plain, shifted = week(STANDARD), week(STANDARD, begins=30)
    np.testing.assert_array_equal(np.roll(plain, -30, axis=1), shifted)


def test_air_and_gains_have_a_mean_of_one() -> None:
    for row in (2, 3):
        assert week(LIVED, row).mean(axis=1) == pytest.approx(1.0)


def test_a_known_set_point_is_lived_by_homes_and_kept_by_offices() -> None:
    cool = stocks.assembled(stocks.changed(setpoint=17.0, setback=12.0))
    assert (week(STANDARD, of=cool)[HOMES] == 20.0).all()
    assert week(LIVED, of=cool)[HOMES].max() <= 17.0
    office = week(STANDARD, of=cool)[USE == "office"]
    assert (office.max(), office.min()) == (17.0, 12.0)


def test_who_is_cooled() -> None:
    found = occupancy.shares(GIVEN, stocks.DANISH)
    assert (found.cooled[HOMES] == stocks.DANISH.rooms.living["cooled"]).all()
    assert (week(LIVED, 1)[HOMES] == OFF).all()
    assert (week(STANDARD, 1)[HOMES] == 26.0).all()
    chosen = stocks.assembled(stocks.changed(cooling="room_units", cooling_setpoint=24.0))
    assert occupancy.shares(chosen, stocks.DANISH).cools.all()
    assert (week(LIVED, 1, of=chosen)[HOMES] == 24.0).all()
    none = stocks.assembled(stocks.changed(cooling="none"))
    assert (occupancy.shares(none, stocks.DANISH).cooled == 0.0).all()


def test_homes_without_heating_are_a_share_where_nobody_knows() -> None:
    unknown = stock.assemble(stocks.changed(heating="mix"), SPAIN)
    living = SPAIN.rooms.living
    met = 1.0 - living["none"] - living["portable"] * (1.0 - living["portable_part"])
    assert occupancy.shares(unknown, SPAIN).heated[HOMES] == pytest.approx(met)
    assert (occupancy.shares(unknown, SPAIN).heated[~HOMES] == 1.0).all()
    known = stock.assemble(stocks.changed(heating="natural_gas"), SPAIN)
    assert (occupancy.shares(known, SPAIN).heated == 1.0).all()


def test_spaniards_heat_less_than_their_certificates_say() -> None:
    winter = rooms.climate(6.0 + 4.0 * np.sin(np.arange(336) / 24.0 * 2.0 * np.pi), sun=0.7)
    unknown = stocks.changed(heating="mix")
    ratios = {}
    for country in ("ES", "DK"):
        parameters = energy_parameters(country)
        frame = hourly.run(stock.assemble(unknown, parameters), winter, parameters).frame
        ratios[country] = (frame["heat"].sum() / frame["heat_standard"].sum()).item()
    assert ratios["ES"] < 0.8 < ratios["DK"]


def test_gains_of_homes_as_lived_are_people_and_devices() -> None:
    lived = occupancy.gains(GIVEN, stocks.DANISH, HOMES)
    # w1001: two people 70 W each by their presence, 3,000 kWh a year of which nine tenths stay.
    present = stocks.DANISH.rooms.schedules["home", "presence"].mean()
    assert lived[0] == pytest.approx(2 * 70.0 * present + 0.9 * 3000.0 / 8.76)
    standard = occupancy.gains(GIVEN, stocks.DANISH, np.zeros(len(USE), dtype=bool))
    assert standard[0] == pytest.approx(3.0 * GIVEN.area.iloc[0])
    fewer = stocks.assembled(stocks.changed(appliance_factor=0.5))
    assert occupancy.gains(fewer, stocks.DANISH, HOMES)[0] < lived[0]


def test_every_use_has_rooms_and_a_schedule() -> None:
    found = room_tables("DE")
    uses = tables.load("uses")["use"]
    assert set(uses) <= set(found.rooms.index)
    for kind in found.rooms["schedule"]:
        for what in ("presence", "gains", "heating", "air"):
            values = found.schedules[kind, what]
            assert values.shape == (168,)
            assert values.mean() > 0.0
            assert ((values >= 0.0) & (values <= 1.0)).all()


@pytest.mark.parametrize("name", ["living", "stock_hourly", "use_rooms"])
def test_figures_lie_within_their_ranges(name: str) -> None:
    rows = tables.load(name)
    assert (rows["low"] <= rows["value"]).all()
    assert (rows["value"] <= rows["high"]).all()


def test_ways_of_heating_add_up() -> None:
    for country in tables.load("living")["country"].unique():
        living = room_tables(country).living
        assert sum(living[way] for way in occupancy.WAYS) == pytest.approx(1.0)
        assert living["none"] + living["portable"] <= 1.0

"""Rooms that are kept: the same to the last bit, worked out once, and never taken for another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from tests.twin.energy import stocks
from twin.energy import hourly, occupancy, stock_groups, stock_zones, thermal, zones
from twin.energy.occupancy import LIVED, STANDARD
from twin.energy.room_memory import UNKNOWN, Memory, Rooms

if TYPE_CHECKING:
    from twin.energy.hourly import StockYear

BASE = stocks.year()
SUPPLY: dict[str, Any] = {
    "heating": "heat_pump_air", "heating_efficiency": 0.5, "heating_flow": 35.0, "pv": 4.0,
    "battery": 5.0, "solar_thermal": 3.0,
}  # fmt: skip
ROOMS: dict[str, Any] = {
    "u_wall": 0.15, "n50": 1.0, "people": 9.0, "setpoint": 18.0, "blinds": 0.3,
    "night_cooling": 2.0, "microclimate": -1.0, "green_roof": True, "cooling": "room_units",
    "g_window": 0.3, "appliance_factor": 0.5, "footprint": 55.0, "use": "office",
}  # fmt: skip


def year(memory: Memory, **columns: Any) -> StockYear:
    given = stocks.assembled(stocks.changed(**columns))
    return hourly.run(given, stocks.FORTNIGHT, stocks.DANISH, memory=memory)


def same(one: StockYear, other: StockYear) -> None:
    pd.testing.assert_frame_equal(one.frame, other.frame, check_exact=True)
    pd.testing.assert_frame_equal(one.load, other.load, check_exact=True)
    assert np.array_equal(one.monthly, other.monthly)
    assert one.balance == other.balance


def no_rooms(*_: Any, **__: Any) -> Any:
    raise AssertionError("rooms are worked out again")


def test_another_supply_takes_all_rooms_from_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    same(year(memory), BASE)
    fresh = stocks.year(stocks.changed(**SUPPLY))
    monkeypatch.setattr(thermal, "simulate", no_rooms)
    same(year(memory, **SUPPLY), fresh)


def test_of_a_memory_only_what_is_new_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    some = np.where(np.arange(len(stocks.BUILDINGS)) % 2 == 0, 0.15, np.nan)
    fresh = stocks.year(stocks.changed(u_wall=some))
    memory = Memory()
    year(memory)
    worked_out: list[tuple[str, ...]] = []
    plain = thermal.simulate

    def told(of: zones.Zones, *others: Any, **options: Any) -> thermal.ThermalRun:
        worked_out.append(of.names)
        return plain(of, *others, **options)

    monkeypatch.setattr(thermal, "simulate", told)
    same(year(memory, u_wall=some), fresh)
    changed = set(stocks.BUILDINGS.index[~np.isnan(some)]) & set(fresh.frame.index)
    assert [set(names) for names in worked_out] == [changed, changed]


def test_a_memory_without_space_changes_nothing() -> None:
    memory = Memory(0)
    same(year(memory), BASE)
    assert len(memory) == 0


@pytest.mark.parametrize("name", SUPPLY)
def test_supply_does_not_change_rooms(name: str) -> None:
    given = [
        stocks.assembled(one) for one in (stocks.BUILDINGS, stocks.changed(**{name: SUPPLY[name]}))
    ]
    for living in (STANDARD, LIVED):
        one, other = (
            stock_zones.zones_of(stock, stocks.DANISH, stocks.FORTNIGHT, living=living)
            for stock in given
        )
        for field, value in vars(one).items():
            if field not in ("glazings", "around", "planes", "names"):
                assert np.array_equal(value, getattr(other, field)), field


@pytest.mark.parametrize("name", [*ROOMS, *SUPPLY])
def test_digests_see_what_matters(name: str) -> None:
    plain, other = (
        stocks.assembled(one)
        for one in (stocks.BUILDINGS, stocks.changed(**{name: (ROOMS | SUPPLY)[name]}))
    )
    one, two = (
        stock_groups.digests(each, occupancy.shares(each, stocks.DANISH).cools)
        for each in (plain, other)
    )
    assert (one.whole != two.whole).any()
    assert (one.rooms != two.rooms).any() == (name in ROOMS)


def test_another_weather_empties_the_memory() -> None:
    rooms = Rooms.empty(2, 4, 7, 24)
    rooms.heat[0, 3], rooms.cold[1, 7] = 5.0, 6.0
    memory, names = Memory(), np.array([11, 12], dtype=np.uint64)
    memory.places("cold", names)
    memory.keep(names, rooms)
    found, at = Rooms.empty(2, 4, 7, 24), memory.places("cold", names[::-1].copy())
    memory.fill(found, np.arange(2), at)
    assert np.array_equal(found.heat, rooms.heat[::-1])
    assert np.array_equal(found.cold, rooms.cold[::-1])
    assert (memory.places("warm", names) == UNKNOWN).all()

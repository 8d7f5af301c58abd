"""Every kind of work on buildings changes what a run says, the right way and by the right amount."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from tests.twin import cities
from twin import catalog, climate, houses, simulate, sun, works

if TYPE_CHECKING:
    from twin.city import City
    from twin.result import Result

DOMAINS = (sun.DOMAIN, houses.DOMAIN)
MONTHS = cities.tiny()
HOME = "w1001"  # a house of 1965 with gas, 10 m by 10 m by 3 m, free on all sides


@cache
def hours() -> City:
    return climate.made(cities.tiny())


@cache
def before(*, hourly: bool) -> Result:
    return simulate.run(hours() if hourly else MONTHS, domains=DOMAINS)


@dataclass(frozen=True)
class Case:
    """A measure, where it is done, and what it must lower or raise in each building it reaches."""

    kind: str
    fields: dict[str, Any]
    down: tuple[str, ...]
    up: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    by_months: bool = True
    by_hours: bool = True

    @property
    def name(self) -> str:
        return "-".join([self.kind, *(str(one) for one in self.fields.values())])

    def measure(self) -> Any:
        where: Any = {"ids": list(self.ids)} if self.ids else "all"
        entry = {"id": "m", "where": where, "start": 2025, **self.fields}
        return catalog.kinds()[self.kind].model_validate(entry)


HEAT = ("heat_need", "heat_final", "co2")
CASES = [
    *(Case("insulation", {"part": one, "u_value": 0.15 if one != "window" else 0.8}, HEAT,
           by_hours=one in {"wall", "window"}) for one in works.PARTS),
    Case("insulation", {"part": "roof", "level": "advanced"}, HEAT, by_hours=False),
    Case("ventilation", {"n50": 1.0}, HEAT, by_hours=False),
    Case("ventilation", {"heat_recovery": 0.8}, HEAT),
    Case("retrofit", {"package": "advanced"}, HEAT, ids=(HOME, "w1003", "w1005", "w1011")),
    Case("heat_pump", {"source": "air"}, ("heat_final",), ids=(HOME,)),
    Case("heat_pump", {"source": "ground"}, ("heat_final", "co2"), ids=(HOME,), by_hours=False),
    Case("heat_pump", {"source": "air", "flow": 35.0}, ("heat_final", "co2"), ids=(HOME,)),
    Case("district_heating", {}, ("co2",), ids=(HOME, "w1012")),
    Case("flow_temperature", {"flow": 30.0}, ("heat_final", "co2"), ids=("w1011",), by_months=False),
    Case("boiler", {"efficiency": 1.0}, ("heat_final", "co2"), ids=(HOME, "w1012")),
    Case("boiler", {"fuel": "biomass", "efficiency": 0.85}, ("co2",), ids=("w1012",)),
    Case("rooftop_pv", {"power": 3.0}, ("electricity_bought", "co2"), ("pv_made",), by_months=False),
    Case("solar_thermal", {"area": 1.0}, ("co2",), ids=(HOME, "w1003", "w1005"), by_months=False),
    Case("heating_control", {"setpoint": 17.0}, HEAT, ids=(HOME, "w1008")),
    Case("heating_control", {"setback": 14.0}, HEAT, ids=(HOME, "w1005"), by_months=False),
    Case("efficient_appliances", {"factor": 0.7}, ("electricity",)),
    Case("summer_comfort", {"blinds": 0.1}, ("cooling_need",), ids=("w1006", "w1008"),
         by_months=False),
    Case("summer_comfort", {"night_cooling": 3.0}, ("cooling_need",), ids=("w1006", "w1008"),
         by_months=False),
    Case("green_roof", {}, HEAT),
    Case("campaign", {"adoption": 1.0}, ("heat_need", "electricity", "co2"), ids=(HOME, "w1005")),
]  # fmt: skip


def changed(case: Case, *, hourly: bool) -> tuple[pd.DataFrame, pd.DataFrame, pd.Index]:
    city = hours() if hourly else MONTHS
    one = case.measure()
    base = before(hourly=hourly)
    after = simulate.run(one.apply(city), domains=DOMAINS, warm=base)
    return base.frames["buildings"], after.frames["buildings"], one.select(city)


@pytest.mark.parametrize("case", [one for one in CASES if one.by_hours], ids=lambda one: one.name)
def test_it_acts_by_the_hour_where_it_is_done_and_nowhere_else(case: Case) -> None:
    old, new, chosen = changed(case, hourly=True)
    for column in case.down:
        assert (new.loc[chosen, column] < old.loc[chosen, column]).all(), column
    for column in case.up:
        assert (new.loc[chosen, column] > old.loc[chosen, column].fillna(0.0)).all(), column
    rest = old.index.difference(chosen)
    for column in case.down:
        assert new.loc[rest, column].fillna(0.0).tolist() == pytest.approx(
            old.loc[rest, column].fillna(0.0).tolist(), rel=1e-9, abs=1e-9
        )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_acts_by_months_or_the_run_says_that_it_cannot(case: Case) -> None:
    if case.by_months:
        old, new, chosen = changed(case, hourly=False)
        for column in case.down:
            assert (new.loc[chosen, column] < old.loc[chosen, column]).all(), column
        return
    run = simulate.run(case.measure().apply(MONTHS), domains=DOMAINS)
    assert any("not computed by months" in line for line in run.record["limits"])


# What months can be worked out by head -----------------------------------------------------------


def losses(city: City) -> pd.Series:
    """Losses at the rooms' temperature [W/K], as the monthly balance books them without partial heating."""
    from twin.energy import stock
    from twin.energy.parameters import energy_parameters

    found = works.stock(city, city.buildings.index[:1])
    return stock.transmission(found) + stock.ventilation(found, energy_parameters("DK"))


@pytest.mark.parametrize(
    ("case", "watts"),
    [
        # 120 m2 of facade, 100 m2 of roof and floor, 212.5 m3 of air; shares by archetype.
        (Case("insulation", {"part": "roof", "u_value": 0.1}, ()), "roof"),
        (Case("insulation", {"part": "floor", "u_value": 0.1}, ()), "floor"),
        (Case("insulation", {"part": "wall", "u_value": 0.1}, ()), "wall"),
        (Case("insulation", {"part": "window", "u_value": 0.8}, ()), "window"),
    ],
    ids=works.PARTS,
)
def test_losses_fall_by_area_times_the_step_of_the_u_value(case: Case, watts: str) -> None:
    here = Case(case.kind, case.fields, (), ids=(HOME,))
    made = works.construction(MONTHS.buildings, "DK").loc[HOME]
    opaque = 1.0 - made["window_share"] - made["door_share"]
    area = {"roof": 100.0, "floor": 100.0, "wall": 120.0 * opaque,
            "window": 120.0 * made["window_share"]}[watts]  # fmt: skip
    step = made[f"u_{watts}"] - case.fields["u_value"]
    fallen = losses(MONTHS) - losses(here.measure().apply(MONTHS))
    assert fallen.item() == pytest.approx(area * step, rel=1e-9)


def test_losses_of_air_fall_by_what_comes_back_and_by_leaks() -> None:
    volume = 100.0 * 0.85 * 2.5
    one = Case("ventilation", {"n50": 1.0, "heat_recovery": 0.75}, (), ids=(HOME,)).measure()
    made = works.construction(MONTHS.buildings, "DK").loc[HOME]
    expected = 0.34 * volume * (0.4 * 0.75 + made["infiltration"] - 1.0 * 0.07)
    assert (losses(MONTHS) - losses(one.apply(MONTHS))).item() == pytest.approx(expected, rel=1e-9)


def test_a_winter_month_saves_loss_times_degrees() -> None:
    # Where gains are all used the need falls by the loss that is gone, over degree hours: the step of
    # the year's need lies between that of three cold months and that of the months with heating.
    one = Case("insulation", {"part": "roof", "u_value": 0.1}, (), ids=(HOME,)).measure()
    old, new = (
        simulate.run(city, domains=DOMAINS).frames["buildings"].loc[HOME, "heat_need"]
        for city in (MONTHS, one.apply(MONTHS))
    )
    step = 100.0 * (works.construction(MONTHS.buildings, "DK").loc[HOME, "u_roof"] - 0.1)
    temperature = MONTHS.weather["temperature"]
    degree_hours = {month: (20.0 - temperature[month]) * 730.0 / 1000.0 for month in range(1, 13)}
    cold = sum(degree_hours[month] for month in (12, 1, 2))
    heated = sum(degree_hours[month] for month in (1, 2, 3, 4, 5, 9, 10, 11, 12))
    assert 0.8 * step * cold < old - new < step * heated


def test_a_boiler_burns_less_by_the_ratio_of_efficiencies() -> None:
    one = Case("boiler", {"efficiency": 1.0}, (), ids=(HOME,)).measure()
    old = before(hourly=False).frames["buildings"].loc[HOME, "heat_final"]
    new = simulate.run(one.apply(MONTHS), domains=DOMAINS).frames["buildings"].loc[HOME]
    assert new["heat_final"] == pytest.approx(0.9 * old, rel=1e-9)


def test_appliances_use_less_by_their_factor_and_cooking_does_not() -> None:
    # A house with two people: 1,400 + 500 each for appliances, 180 + 50 each for light, 220 + 50 each.
    one = Case("efficient_appliances", {"factor": 0.7}, (), ids=(HOME,)).measure()
    new = simulate.run(one.apply(MONTHS), domains=DOMAINS).frames["buildings"]
    assert new.loc[HOME, "electricity"] == pytest.approx(0.7 * (2400.0 + 280.0) + 320.0)


def test_modules_make_their_yield_and_a_battery_keeps_more_of_it_in_the_house() -> None:
    base = before(hourly=True).frames["buildings"].loc[HOME]
    bare, stored = (
        simulate.run(
            Case("rooftop_pv", {"power": 3.0, "battery": size}, (), ids=(HOME,))
            .measure()
            .apply(hours()),
            domains=DOMAINS,
            warm=before(hourly=True),
        ).frames["buildings"].loc[HOME]
        for size in (0.0, 2.0)
    )  # fmt: skip
    assert bare["pv_made"] == pytest.approx(3.0 * base["pv_yield"] / base["pv_potential"], rel=1e-3)
    used = base["electricity_bought"] - bare["electricity_bought"]
    assert used == pytest.approx(bare["pv_made"] - bare["pv_sold"], rel=1e-6)
    assert stored["pv_own_share"] > bare["pv_own_share"]
    assert stored["electricity_bought"] < bare["electricity_bought"]
    assert stored["pv_made"] == pytest.approx(bare["pv_made"])


def test_trees_cool_the_summer_and_change_the_winter_little() -> None:
    one = catalog.kinds()["street_trees"].model_validate(
        {"id": "t", "where": "all", "start": 2025, "spacing": 8.0}
    )
    base = before(hourly=True).frames["buildings"]
    after = simulate.run(one.apply(hours()), domains=DOMAINS, warm=before(hourly=True))
    new = after.frames["buildings"]
    near = one.apply(hours()).buildings["microclimate"].reindex(base.index) < 0.0
    assert near.any()
    fallen = (base["cooling_need"] - new["cooling_need"])[near & (base["cooling_need"] > 0.0)]
    assert (fallen > 0.0).all()
    assert new["heat_need"].sum() == pytest.approx(base["heat_need"].sum(), rel=5e-3)


def test_what_is_taken_down_needs_nothing_and_what_replaces_it_less() -> None:
    taken, rebuilt = (
        catalog.kinds()[kind].model_validate(
            {"id": "x", "where": {"ids": [HOME]}, "start": 2025, **fields}
        )
        for kind, fields in (("demolition", {}), ("rebuild", {"use": "house", "levels": 1}))
    )
    base = before(hourly=False)
    gone = simulate.run(taken.apply(MONTHS), domains=DOMAINS)
    assert HOME not in gone.frames["buildings"].index or pd.isna(
        gone.frames["buildings"].loc[HOME, "heat_need"]
    )
    new = simulate.run(rebuilt.apply(MONTHS), domains=DOMAINS).frames["buildings"]
    old = base.frames["buildings"].loc[HOME]
    assert new.loc[f"new:x:{HOME}", "heat_need"] < 0.5 * old["heat_need"]
    assert new.loc[f"new:x:{HOME}", "co2"] < 0.5 * old["co2"]

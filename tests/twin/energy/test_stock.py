from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from tests.twin import cities
from twin import build
from twin.energy import monthly, solar, stock
from twin.energy.constructions import LEVELS
from twin.energy.parameters import EnergyParameters, energy_parameters

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

LATITUDE = 55.66
DANISH = energy_parameters("DK")
BUILDINGS = cities._buildings()
WEATHER = cities._weather()
ACTIVITY = [
    "object_id", "layer", "scope", "sector", "gpc_ref", "end_use", "carrier", "activity", "unit",
    "state", "privacy", "evidence",
]  # fmt: skip


def run(buildings: gpd.GeoDataFrame = BUILDINGS, parameters: EnergyParameters = DANISH,
        weather: pd.DataFrame = WEATHER) -> stock.EnergyRun:  # fmt: skip
    return stock.run(buildings, weather, LATITUDE, parameters)


def changed(**columns: Any) -> gpd.GeoDataFrame:
    return BUILDINGS.assign(**columns)


BASE = run()


def test_only_heated_standing_buildings_inside_are_simulated() -> None:
    state = BUILDINGS["state"].where(BUILDINGS.index != "w1001", "removed")
    inside = BUILDINGS.index != "w1003"
    found = run(changed(state=state, inside=inside)).frame
    assert set(BUILDINGS.index) - set(found.index) == {"w1001", "w1003", "w1010"}
    assert list(found.index) == [name for name in BUILDINGS.index if name in found.index]


def test_the_house_by_hand() -> None:
    # w1001: Danish house of 1965, 10 x 10 x 3 m, alone, gas. Every step again in plain numbers.
    kind = DANISH.archetypes.query(
        "size_class == 'SFH' and year_from <= 1965 <= year_to and renovation == 'existing'"
    ).iloc[0]
    wall = 120.0
    windows, doors = wall * kind["window_share"], wall * kind["door_share"]
    opaque = wall - windows - doors
    transmission = (
        opaque * kind["u_wall"] + windows * kind["u_window"] + doors * kind["u_door"]
        + 100.0 * kind["u_roof"] + 100.0 * kind["u_floor"] + 320.0 * kind["delta_u_bridges"]
    )  # fmt: skip
    area = 85.0
    air = 0.34 * (0.4 + kind["infiltration"]) * area * 2.5
    reduction = 0.9 - 0.1 * (min(max(transmission / area, 1.0), 4.0) - 1.0) / 3.0
    loss = reduction * (transmission + air)
    ghi, dhi = WEATHER["ghi"].to_numpy(), WEATHER["dhi"].to_numpy()
    sun = solar.facade_irradiation(ghi, dhi, LATITUDE, 0.2)
    through = windows * kind["g_window"] * 0.7 * 0.6 * 0.9
    need = 0.0
    for month, temperature in enumerate(WEATHER["temperature"]):
        hours = monthly.HOURS[month]
        lost = loss * (20.0 - temperature) * hours / 1000.0
        gained = 3.0 * area * hours / 1000.0 + through * sun[[0, 2, 4, 6], month].mean()
        gamma = gained / lost
        a = 1.0 + 45.0 * area / loss / 15.0
        need += lost - (1.0 - gamma**a) / (1.0 - gamma ** (a + 1.0)) * gained
    found = BASE.frame.loc["w1001"]
    assert found["heat_need"] == pytest.approx(need + 10.0 * area, rel=1e-6)
    assert found["heat_need_area"] == pytest.approx(found["heat_need"] / 100.0)
    assert found["heat_final"] == pytest.approx(found["heat_need"] / 0.9)
    assert found["electricity"] == pytest.approx(3000.0)  # Stromspiegel: two in a house


def test_the_ledger_gets_exactly_what_the_frame_says() -> None:
    rows = BASE.activity
    assert list(rows.columns) == ACTIVITY
    assert (rows["activity"] > 0.0).all()
    assert not rows.duplicated(["object_id", "end_use", "carrier"]).any()
    heat = rows["end_use"].isin(["space_heating", "hot_water"])
    for part, column in ((heat, "heat_final"), (~heat, "electricity")):
        sums = rows[part].groupby("object_id")["activity"].sum()
        expected = BASE.frame[column]
        assert sums.reindex(expected.index).to_numpy() == pytest.approx(expected.to_numpy())
    assert math.fsum(rows["activity"]) == pytest.approx(
        math.fsum(BASE.frame["heat_final"]) + math.fsum(BASE.frame["electricity"]), rel=1e-12
    )


def test_rows_carry_scope_sector_and_grade() -> None:
    rows = BASE.activity.set_index(["object_id", "end_use", "carrier"])
    gas = rows.loc[("w1001", "space_heating", "natural_gas")]
    assert gas[["scope", "gpc_ref", "sector", "unit"]].tolist() == ["1", "I.1", "stationary", "kWh"]
    assert gas["evidence"] == "estimated"
    school = rows.loc[("w1006", "space_heating", "district_heating")]
    assert school[["scope", "gpc_ref", "evidence"]].tolist() == ["2", "I.2", "assumed"]
    assert rows.loc[("w1009", "space_heating", "biomass"), "evidence"] == "assumed"
    assert rows.loc[("w1001", "appliances", "electricity"), "evidence"] == "assumed"
    # The heating of w1001 came from a register; that of w1009 is nobody's secret.
    assert gas["privacy"] == "object"
    assert rows.loc[("w1009", "space_heating", "biomass"), "privacy"] == "public"


def test_the_balance_closes() -> None:
    assert BASE.balance["residual of the room balance [1]"] < 1e-12
    assert BASE.balance["residual of the ledger rows [1]"] < 1e-12
    losses = BASE.balance["losses [kWh/a]"]
    rest = sum(BASE.balance[name] for name in ("used gains [kWh/a]", "set-back [kWh/a]",
                                               "room heat need [kWh/a]"))  # fmt: skip
    assert losses == pytest.approx(rest, rel=1e-12)


def test_a_heat_pump_takes_less_than_it_gives() -> None:
    found = BASE.frame.loc["w1011"]
    assert found["heat_final"] == pytest.approx(found["heat_need"] / 3.1)


@pytest.mark.parametrize(("worse", "better"), [(LEVELS[0], LEVELS[1]), (LEVELS[1], LEVELS[2])])
@pytest.mark.parametrize("country", ["DK", "DE", "FI", "LI", "ES", "PL", "IT"])
def test_renovation_never_needs_more_heat(country: str, worse: str, better: str) -> None:
    parameters = energy_parameters(country)
    before, after = (
        run(changed(renovation=pd.Series(level, index=BUILDINGS.index, dtype="str")), parameters)
        for level in (worse, better)
    )
    assert (after.frame["heat_need"] <= before.frame["heat_need"] + 1e-6).all()


def test_a_warmer_year_needs_less() -> None:
    warm = run(weather=WEATHER.assign(temperature=WEATHER["temperature"] + 1.0))
    assert (warm.frame["heat_need"] < BASE.frame["heat_need"]).all()


def test_months_may_come_in_any_order() -> None:
    shuffled = run(weather=WEATHER.iloc[::-1])
    pd.testing.assert_frame_equal(shuffled.frame, BASE.frame)


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(len(BUILDINGS))))
def test_the_order_of_buildings_does_not_matter(order: list[int]) -> None:
    found = run(BUILDINGS.iloc[order]).frame
    pd.testing.assert_frame_equal(found.sort_index(), BASE.frame.sort_index(), rtol=1e-12)


def test_more_party_wall_needs_less_heat() -> None:
    beside = BUILDINGS.geometry.loc["w1001"]
    shape = BUILDINGS.geometry.where(BUILDINGS.index != "w1002", None)
    moved = shape.copy()
    moved.loc["w1002"] = affinity.translate(beside, 10.0, 0.0)
    row = run(BUILDINGS.set_geometry(moved))
    alone, together = BASE.frame["heat_need"], row.frame["heat_need"]
    assert together["w1001"] < alone["w1001"]
    assert together["w1002"] < alone["w1002"]
    others = [name for name in alone.index if name not in {"w1001", "w1002"}]
    assert together[others].to_numpy() == pytest.approx(alone[others].to_numpy())


def test_substitutes_are_named_and_everything_is_assumed() -> None:
    found = run(parameters=energy_parameters("FI"))
    assert any("SE stand in for FI" in text for text in found.substitutes)
    assert (found.activity["evidence"] == "assumed").all()
    assert (found.frame["heat_need_spread"] >= 0.39 * found.frame["heat_need"]).all()


def test_spread_joins_archetype_and_floor_area() -> None:
    found = BASE.frame.loc["w1001"]
    assert found["heat_need_spread"] == pytest.approx(found["heat_need"] * np.hypot(0.25, 0.1))


def test_limits_count_what_is_borrowed() -> None:
    text = " ".join(BASE.limits)
    assert "without dwellings, 3 of them" in text
    assert "heating is not known, 1 of them" in text
    assert "no peaks, no cooling" in text


def test_without_shares_unknown_heating_is_not_zero() -> None:
    bare = replace(DANISH, mix=DANISH.mix.iloc[:0])
    found = run(parameters=bare)
    assert np.isnan(found.frame.loc["w1009", "heat_final"])
    assert found.frame.loc["w1009", "heat_need"] > 0.0
    mine = found.activity[found.activity["object_id"] == "w1009"]
    assert set(mine["end_use"]) == {"appliances", "lighting", "cooking"}
    assert any("not computed for 1 of the buildings" in text for text in found.limits)


def test_a_city_without_simulated_buildings_is_an_empty_result() -> None:
    found = run(changed(inside=False))
    assert found.frame.empty
    assert found.activity.empty
    assert list(found.activity.columns) == ACTIVITY
    assert all(math.isfinite(value) for value in found.balance.values())


def test_eleven_months_are_refused() -> None:
    with pytest.raises(ValueError, match="11 rows"):
        run(weather=WEATHER.iloc[:11])


def test_the_input_stays_as_it_was() -> None:
    before = BUILDINGS.copy(deep=True)
    run()
    pd.testing.assert_frame_equal(BUILDINGS, before)


def test_progress_runs_from_nothing_to_done() -> None:
    seen: list[float] = []
    stock.run(BUILDINGS, WEATHER, LATITUDE, DANISH, lambda _stage, share: seen.append(share))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_helsinki_needs_a_plausible_amount_of_heat(helsinki: Path) -> None:
    # Finnish apartment and office buildings on district heat use some 100 to 180 kWh/m2 a year;
    # the bounds are wide because the constructions are Swedish and the shapes half known.
    city = build.from_osm(helsinki)
    found = stock.run(city.buildings, city.weather, 60.17, energy_parameters(city.country))
    area = city.buildings["floor_area"].loc[found.frame.index]
    mean = found.frame["heat_need"].sum() / area.sum()
    print(f"Helsinki centre: {len(found.frame)} buildings, heat need {mean:.0f} kWh/m2/a")
    assert 60.0 < mean < 180.0
    assert found.frame["heat_need_area"].between(20.0, 500.0).all()


def test_people_that_are_counted_make_hot_water_and_people_that_are_guessed_do_not() -> None:
    from tests.twin.cities import tiny
    from twin.energy import appliances

    city = tiny()
    denmark = energy_parameters("DK")
    guessed = city.buildings.assign(people_source="typology")
    counted = city.buildings.assign(people_source="census")
    usual, known = (stock.assemble(one, denmark) for one in (guessed, counted))
    by_area = appliances.hot_water(usual.profile, usual.area)
    by_person = appliances.hot_water(known.profile, known.area)
    assert by_area["w1001"] == pytest.approx(10.0 * usual.area["w1001"])
    assert by_person["w1001"] == pytest.approx(850.0 * 2)
    assert by_person["w1005"] == pytest.approx(850.0 * 32)
    assert by_person["w1006"] == by_area["w1006"]  # a school has no residents

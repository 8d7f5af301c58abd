from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import affinity

from layers import tables
from tests.twin import cities
from twin import catalog, works
from twin.city import City, schema

CITY = cities.tiny()
HEATED = CITY.buildings.index.drop("w1010")


def terrace() -> City:
    """Lilleby with the second terraced house moved to the first: they share a wall of 10 m by 6 m."""
    houses = CITY.buildings
    first, second = (houses.geometry[name] for name in ("w1003", "w1004"))
    moved = affinity.translate(second, first.bounds[2] - second.bounds[0])
    houses.loc["w1004", "geometry"] = moved
    return CITY.replace(buildings=houses)


def test_a_shared_wall_is_not_insulated_whichever_buildings_are_asked_for() -> None:
    town = terrace()
    whole = works.areas(town, HEATED)
    for name in ("w1003", "w1004", "w1006"):
        part = works.areas(town, pd.Index([name]))
        pd.testing.assert_frame_equal(part, whole.loc[[name]], check_names=False)
    made = works.construction(town.buildings, "DK").loc["w1003"]
    # Three of four sides of 10 m by 6 m face the air.
    opaque = 1.0 - made["window_share"] - made["door_share"]
    assert whole.loc["w1003", "wall"] == pytest.approx(180.0 * opaque)
    assert whole.loc["w1003", "window"] == pytest.approx(180.0 * made["window_share"])
    assert whole.loc["w1003", ["roof", "floor"]].tolist() == [100.0, 100.0]


def test_nobody_has_no_areas_and_no_heat_load() -> None:
    nobody = CITY.buildings.index[:0]
    assert works.areas(CITY, nobody).empty
    assert works.heat_load(CITY, nobody).empty


def test_insulation_is_as_thick_as_the_step_in_resistance_asks_for() -> None:
    # From U 1.0 to 0.2: 4 m2K/W more, at 0.035 W/mK 14 cm (ISO 6946).
    before, after = pd.Series([1.0, 0.2]), pd.Series([0.2, 0.3])
    assert works.thickness(before, after).tolist() == pytest.approx([14.0, 0.0])


def test_what_is_known_of_a_building_goes_before_its_archetype() -> None:
    houses = CITY.buildings.assign(u_wall=np.nan, n50=np.nan, setpoint=np.nan)
    houses.loc["w1001", ["u_wall", "n50", "setpoint"]] = [0.33, 4.0, 18.5]
    usual = works.construction(CITY.buildings, "DK")
    known = works.construction(houses, "DK")
    assert known.loc["w1001", "u_wall"] == 0.33
    assert known["u_wall"].drop("w1001").equals(usual["u_wall"].drop("w1001"))
    assert works.leaks(houses, "DK")["w1001"] == pytest.approx(4.0)
    lived = works.lived(houses.assign(setpoint_change=-1.0), "DK")
    assert lived.loc["w1001", "setpoint"] == 17.5
    assert lived.loc["w1007", "setpoint"] == 18.0  # shops: 19 degC


def test_figures_have_units_sources_and_lie_in_their_range() -> None:
    rows = tables.load("works", "twin.data")
    assert rows[["unit", "source", "year", "evidence", "description"]].notna().all(axis=None)
    ranged = rows.dropna(subset=["low", "high"])
    assert ((ranged["low"] <= ranged["value"]) & (ranged["value"] <= ranged["high"])).all()


# Nothing that is done makes a building worse -----------------------------------------------------

TARGETS: dict[str, Any] = {
    "insulation-wall": {"kind": "insulation", "part": "wall", "u_value": 0.3},
    "insulation-window": {"kind": "insulation", "part": "window", "level": "usual"},
    "ventilation": {"kind": "ventilation", "n50": 2.0, "heat_recovery": 0.6},
    "retrofit": {"kind": "retrofit", "package": "usual"},
    "heating_control": {"kind": "heating_control", "setpoint": 19.0, "setback": 16.0,
                        "cooling_setpoint": 26.5},
    "boiler": {"kind": "boiler", "efficiency": 0.95},
    "rooftop_pv": {"kind": "rooftop_pv", "power": 5.0, "battery": 1.0},
    "solar_thermal": {"kind": "solar_thermal"},
    "efficient_appliances": {"kind": "efficient_appliances", "factor": 0.8},
    "summer_comfort": {"kind": "summer_comfort", "blinds": 0.3, "night_cooling": 2.0},
    "flow_temperature": {"kind": "flow_temperature", "flow": 45.0},
    "green_roof": {"kind": "green_roof"},
    "campaign": {"kind": "campaign", "adoption": 1.0},
}  # fmt: skip
BOUNDS = {
    "u_wall": (0.1, 2.0), "u_roof": (0.1, 2.0), "u_floor": (0.1, 2.0), "u_window": (0.6, 4.0),
    "n50": (0.3, 12.0), "heat_recovery": (0.0, 0.9), "setpoint": (15.0, 24.0),
    "setback": (8.0, 20.0), "cooling_setpoint": (22.0, 30.0), "heating_efficiency": (0.6, 1.05),
    "pv": (0.0, 20.0), "battery": (0.0, 30.0), "solar_thermal": (0.0, 20.0),
    "appliance_factor": (0.4, 1.5), "blinds": (0.0, 1.0), "night_cooling": (0.0, 5.0),
    "heating_flow": (30.0, 80.0),
}  # fmt: skip
MORE_IS_BETTER = {
    "heat_recovery", "heating_efficiency", "pv", "battery", "solar_thermal", "night_cooling",
    "cooling_setpoint",
}  # fmt: skip


def figures_of(city: City) -> pd.DataFrame:
    """Everything that a work may change, as the models see it, so that less is better."""
    houses = city.buildings
    found = works.construction(houses, city.country)[[f"u_{part}" for part in works.PARTS]]
    found = found.assign(
        n50=works.leaks(houses, city.country),
        heating_efficiency=works.efficiency(houses, city.country),
        appliance_factor=works.number(houses, "appliance_factor", 1.0),
        heating_flow=works.number(houses, "heating_flow", 999.0),
        **works.lived(houses, city.country),
        **{name: works.number(houses, name, 0.0)
           for name in ("heat_recovery", "pv", "battery", "solar_thermal", "microclimate")},
    )  # fmt: skip
    return found.assign(**{name: -found[name] for name in MORE_IS_BETTER})


@pytest.mark.parametrize("name", list(TARGETS))
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000))
def test_no_building_gets_worse_and_twice_is_once(name: str, seed: int) -> None:
    draw = np.random.default_rng(seed)
    known = {
        column: np.where(draw.random(12) < 0.5, np.nan, draw.uniform(low, high, 12))
        for column, (low, high) in BOUNDS.items()
    }
    city = CITY.replace(buildings=CITY.buildings.assign(**known))
    entry = {"id": "m", "where": "all", "start": 2025, **TARGETS[name]}
    one = catalog.kinds()[entry["kind"]].model_validate(entry)
    due = one.due(city, city.buildings.index)
    after = one.apply(city, city.buildings.index)
    step = figures_of(after) - figures_of(city)
    # The glass of new windows may let less sun in; all else is no worse anywhere.
    assert (step.fillna(0.0) <= 1e-9).all(axis=None)
    assert (step.loc[due].fillna(0.0) < 0.0).any(axis=1).all()
    assert (step.drop(due).fillna(0.0) == 0.0).all(axis=None)
    assert one.due(after, city.buildings.index).empty
    assert one.apply(after, city.buildings.index) is after
    assert not schema("buildings").faults(after.buildings)

"""Laws that hold for any stock of buildings."""

from __future__ import annotations

import dataclasses as dc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.energy import rooms, stocks
from twin.energy import hourly, stock, thermal, zones
from twin.energy.parameters import energy_parameters
from twin.energy.stock_zones import zones_of

COUNT = len(stocks.BUILDINGS)
USES = sorted(stocks.DANISH.profiles.index)
OPTIONAL = {
    "u_wall": (0.05, 8.0), "u_roof": (0.05, 8.0), "u_floor": (0.05, 8.0), "u_window": (0.3, 8.0),
    "g_window": (0.05, 0.95), "n50": (0.05, 30.0), "heat_recovery": (0.0, 0.98),
    "setpoint": (5.0, 30.0), "setback": (5.0, 30.0), "cooling_setpoint": (15.0, 40.0),
    "appliance_factor": (0.0, 10.0), "blinds": (0.0, 1.0), "night_cooling": (0.0, 20.0),
    "microclimate": (-10.0, 10.0), "floor_area": (0.0, 50_000.0), "footprint": (0.0, 10_000.0),
    "height": (1.0, 400.0), "levels": (0.5, 100.0), "year": (1000.0, 2100.0),
    "dwellings": (0.0, 300.0), "people": (0.0, 900.0),
}  # fmt: skip
ALWAYS = ("floor_area", "footprint", "height", "levels", "year", "dwellings", "people")


@st.composite
def buildings(draw: Any) -> Any:
    """The small City with anything that the schema lets in."""
    columns: dict[str, Any] = {
        "use": draw(st.lists(st.sampled_from(USES), min_size=COUNT, max_size=COUNT)),
        "green_roof": draw(st.lists(st.booleans(), min_size=COUNT, max_size=COUNT)),
    }
    for name, (low, high) in OPTIONAL.items():
        value = st.floats(low, high)
        if name not in ALWAYS:
            value = st.one_of(st.just(float("nan")), value)
        columns[name] = draw(st.lists(value, min_size=COUNT, max_size=COUNT))
    return stocks.changed(**columns)


@settings(max_examples=25)
@given(town=buildings(), country=st.sampled_from(["DK", "ES", "FI", "GB"]))
def test_any_stock_has_a_year_whose_balance_closes(town: Any, country: str) -> None:
    parameters = energy_parameters(country)
    made = stock.assemble(town, parameters)
    for living in ("lived", "standard"):
        assert zones.wrong(zones_of(made, parameters, stocks.FORTNIGHT, living=living)) == []
    found = hourly.run(made, stocks.FORTNIGHT, parameters)
    assert np.isfinite(found.frame).all(axis=None)
    assert (found.frame >= 0.0).all(axis=None)
    assert found.frame["residual"].max() < 1e-6
    assert found.balance["residual of the load curve [1]"] < 1e-9
    empty = made.area == 0.0
    assert (found.frame.loc[empty, ["heat_standard", "heat", "cooling"]] == 0.0).all(axis=None)


STEP = rooms.climate(np.where(np.arange(336) < 168, 20.0, 0.0))


def falling(capacity: float, model: str) -> Any:
    """Temperature of the rooms of the town, left alone, in the days after a fall of the air's [degC]."""
    made = stocks.assembled()
    made = dc.replace(made, profile=made.profile.assign(heat_capacity=capacity))
    of = zones_of(made, stocks.DANISH, STEP, living="standard")
    profiles = of.profiles.copy()
    profiles[of.schedule[:, 0]] = -zones.OFF
    alone = dc.replace(of, profiles=profiles, ramps=profiles, gains=of.gains * 0.0)
    found = thermal.simulate(alone, STEP, model=model, hourly=True).hourly
    assert found is not None
    return found[:, 2, 168:]


@pytest.mark.parametrize("model", thermal.MODELS)
def test_heavy_towns_cool_later(model: str) -> None:
    light, heavy = falling(30.0, model), falling(100.0, model)
    assert (heavy[:, 24:72] > light[:, 24:72]).all()

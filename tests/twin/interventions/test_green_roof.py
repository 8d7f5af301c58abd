from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.twin import cities
from twin import works
from twin.interventions.green_roof import GreenRoof

CITY = cities.tiny()


def green(**changes: Any) -> GreenRoof:
    return GreenRoof.model_validate({"id": "g", "where": "all", "start": 2025, **changes})


def test_the_layer_adds_its_resistance_and_cools_a_little() -> None:
    after = green().apply(CITY).buildings
    before = works.construction(CITY.buildings, "DK")["u_roof"]
    assert 1.0 / after.loc["w1006", "u_roof"] == pytest.approx(1.0 / before["w1006"] + 0.4)
    # 800 m2 of green in a disc of 50 m: a tenth, of 0.7 K.
    assert after.loc["w1006", "microclimate"] == pytest.approx(-0.7 * 800.0 / (np.pi * 2500.0))
    assert bool(after.loc["w1006", "green_roof"])
    assert not after.loc["w1010", "green_roof"]


def test_pitched_roofs_are_left_alone() -> None:
    shapes = pd.array(["gabled", "flat"] + [None] * 10, dtype="str")
    city = CITY.replace(buildings=CITY.buildings.assign(roof_shape=shapes))
    chosen = green().select(city)
    assert "w1001" not in chosen
    assert {"w1002", "w1003"} <= set(chosen)


def test_the_cost_is_by_roof_area() -> None:
    assert green(where={"ids": ["w1006"]}).cost(CITY).amount == pytest.approx(90.0 * 800.0)

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layers import tables
from twin.mobility import external

FIGURES = tables.figures("external_costs")


def test_the_damage_of_a_kilogram_is_that_of_the_table() -> None:
    frame = pd.DataFrame({"nox_kg": [10.0, 0.0], "pm25_kg": [0.0, 2.0], "pm10_kg": [9.0, 9.0]})
    assert external.air(frame, FIGURES).tolist() == pytest.approx([368.0, 79.2], rel=1e-12)


def test_a_decibel_less_is_worth_25_euros_to_a_household() -> None:
    before, after = np.array([60.0, 60.0, np.nan]), np.array([57.0, 61.0, 50.0])
    found = external.noise(np.array([4.0, 2.0, 1.0]), before, after, FIGURES)
    assert found[:2].tolist() == pytest.approx([300.0, -50.0], rel=1e-12)
    assert np.isnan(found[2])


def test_every_figure_lies_in_its_range() -> None:
    rows = tables.load("external_costs").dropna(subset=["low", "high"])
    assert (rows["low"] < rows["value"]).all()
    assert (rows["value"] < rows["high"]).all()

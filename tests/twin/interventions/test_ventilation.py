from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.twin import cities
from twin import works
from twin.interventions.ventilation import Ventilation

CITY = cities.tiny()


def ventilation(**changes: Any) -> Ventilation:
    return Ventilation.model_validate({"id": "v", "where": "all", "start": 2025, **changes})


def test_leaks_are_sealed_only_where_there_are_more() -> None:
    leaks = works.leaks(CITY.buildings, "DK")
    after = ventilation(n50=2.0, heat_recovery=0.8).apply(CITY).buildings
    worse = leaks[leaks > 2.0].index
    assert (after.loc[worse, "n50"] == 2.0).all()
    assert after["n50"].drop(worse).isna().all()
    assert (after["heat_recovery"].drop("w1010") == 0.8).all()


def test_better_heat_recovery_stays() -> None:
    best = ventilation(heat_recovery=0.9).apply(CITY)
    assert ventilation(heat_recovery=0.8).apply(best, CITY.buildings.index) is best
    assert ventilation(heat_recovery=0.8, n50=0.1).apply(best).buildings["heat_recovery"][
        "w1001"
    ] == pytest.approx(0.9)


def test_only_what_is_done_is_paid() -> None:
    # Only leaky buildings are sealed; all are ventilated: 15 and 50 EUR/m2.
    here = {"where": {"ids": ["w1001", "w1011"]}}
    leaks = works.leaks(CITY.buildings, "DK")
    assert leaks["w1001"] > 2.0 > leaks["w1011"]
    cost = ventilation(n50=2.0, heat_recovery=0.8, **here).cost(CITY)
    assert cost.amount == pytest.approx(15.0 * 100.0 + 50.0 * 300.0)
    assert cost.running == pytest.approx(300.0)
    assert np.isfinite(cost.lifetime)


def test_something_must_be_asked_for() -> None:
    with pytest.raises(ValidationError, match="one or both"):
        ventilation()

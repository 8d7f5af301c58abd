from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.twin import cities
from twin import works
from twin.interventions.summer_comfort import SummerComfort

CITY = cities.tiny()


def summer(**changes: Any) -> SummerComfort:
    return SummerComfort.model_validate({"id": "s", "where": "all", "start": 2025, **changes})


def test_better_shading_and_more_air_stay() -> None:
    once = summer(blinds=0.1, night_cooling=3.0).apply(CITY)
    assert once.buildings.loc["w1001", ["blinds", "night_cooling"]].tolist() == [0.1, 3.0]
    assert summer(blinds=0.2, night_cooling=2.0).apply(once, CITY.buildings.index) is once
    more = summer(blinds=0.2, night_cooling=4.0).apply(once).buildings
    assert more.loc["w1001", ["blinds", "night_cooling"]].tolist() == [0.1, 4.0]


def test_only_what_is_new_is_paid() -> None:
    here = {"where": {"ids": ["w1006"]}}
    window = works.areas(CITY, CITY.buildings.index[5:6])["window"].item()
    whole = summer(blinds=0.2, night_cooling=2.0, **here)
    assert whole.cost(CITY).amount == pytest.approx(250.0 * window + 10.0 * 1600.0)
    aired = summer(night_cooling=2.0, **here).apply(CITY)
    assert whole.cost(aired).amount == pytest.approx(250.0 * window)


def test_blinds_change_the_front_and_open_windows_do_not() -> None:
    assert "permission_unknown" in summer(blinds=0.2).apply(CITY).buildings
    assert "permission_unknown" not in summer(night_cooling=2.0).apply(CITY).buildings


def test_something_must_be_asked_for() -> None:
    with pytest.raises(ValidationError, match="one or both"):
        summer()

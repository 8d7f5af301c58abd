from __future__ import annotations

import pandas as pd
import pytest

from twin.energy import appliances

PROFILE = pd.DataFrame(
    {
        "hot_water": [10.0, 4.0],
        **{f"{end_use}_{unit}": [0.0, 0.0] for end_use in appliances.END_USES
           for unit in ("area", "dwelling", "person")},
    },
    index=["home", "office"],
)  # fmt: skip
COUNTS = pd.DataFrame(
    {"area": [100.0, 500.0], "dwelling": [2.0, 0.0], "person": [5.0, 0.0]}, index=["home", "office"]
)


def test_homes_count_by_dwelling_and_person_offices_by_area() -> None:
    profile = PROFILE.assign(
        appliances_dwelling=[1000.0, 0.0],
        appliances_person=[500.0, 0.0],
        lighting_area=[0.0, 18.0],
    )
    found = appliances.electricity(profile, COUNTS)
    assert found.loc["home"].tolist() == pytest.approx([4500.0, 0.0, 0.0])
    assert found.loc["office"].tolist() == pytest.approx([0.0, 9000.0, 0.0])


def test_hot_water_goes_by_area() -> None:
    found = appliances.hot_water(PROFILE, COUNTS["area"])
    assert found.tolist() == pytest.approx([1000.0, 2000.0])


def test_hot_water_by_people_where_they_are_known_else_by_area() -> None:
    index = pd.Index(["a", "b", "c"])
    profile = pd.DataFrame({"hot_water": [10.0, 10.0, 10.0]}, index=index)
    area = pd.Series([100.0, 100.0, 100.0], index)
    people = pd.Series([4.0, 2.0, 0.0], index)
    known = pd.Series([True, False, True], index)
    found = appliances.with_people(profile, known, people, 850.0)
    assert appliances.hot_water(found, area).tolist() == [3400.0, 1000.0, 0.0]
    assert appliances.standard_hot_water(found, area).tolist() == [1000.0] * 3
    nobody = appliances.with_people(profile, known & False, people, 850.0)
    assert appliances.hot_water(nobody, area).tolist() == [1000.0] * 3

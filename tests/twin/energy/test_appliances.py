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

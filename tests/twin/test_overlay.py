from __future__ import annotations

import numpy as np
import pandas as pd

from tests.twin import cities
from twin import overlay


def test_rows_of_one_object_combine_as_their_column_says() -> None:
    frame = pd.DataFrame({"year": [1950.0, 1950, 1960, np.nan], "dwellings": [1.0, 2, np.nan, np.nan],
                          "use": pd.Series(["house", "house", "shop", None], dtype="str")})  # fmt: skip
    owners = pd.Series(["a", "a", "b", "b"])
    values, notes = overlay.combine(frame, owners, "buildings")
    assert values["year"].tolist() == [1950, 1960]
    assert values["dwellings"].tolist()[0] == 3
    assert np.isnan(values["dwellings"].tolist()[1])
    assert values["use"].tolist() == ["house", "shop"]
    assert notes == ()


def test_a_value_of_the_map_that_differs_stays_beside_and_is_kept_the_second_time() -> None:
    before = cities.tiny().buildings
    once, figures = overlay.overlay(before, pd.DataFrame({"levels": {"w1001": 2.0, "w1002": 1.0}}))
    twice, _ = overlay.overlay(once, pd.DataFrame({"levels": {"w1001": 3.0}}))
    assert figures == {"columns": {"levels": {"set": 2, "differ": 1}}}
    assert twice.loc["w1001", ["levels", "levels_osm"]].tolist() == [3, 1]
    assert twice["levels_osm"].count() == 1
    assert before.loc["w1001", "levels"] == 1


def test_what_no_row_says_is_untouched() -> None:
    before = cities.tiny().buildings
    after, _ = overlay.overlay(before, pd.DataFrame({"year": {"w1001": np.nan, "w1002": 1900.0}}))
    rest = before.index != "w1002"
    assert after[rest].equals(before[rest])
    assert after.loc["w1002", ["year", "year_source", "year_spread"]].tolist() == [
        1900,
        "register",
        0,
    ]


def test_completed_columns_have_their_companions() -> None:
    columns = cities.tiny().buildings.columns
    assert {"year", "use", "heating"} <= set(overlay.completed_columns())
    assert all(f"{name}_spread" in columns for name in overlay.completed_columns())

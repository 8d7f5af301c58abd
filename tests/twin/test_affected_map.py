from __future__ import annotations

import numpy as np
import pandas as pd

from twin import affected_map


def test_the_map_shows_who_loses_most_by_whichever_way_and_what_is_lost() -> None:
    ways = pd.DataFrame({
        "street": ["A", "B", "C"], "walk change [min]": [0.0, 1.0, 0.0],
        "walk needs lost [1]": [0, 0, 2], "car change [min]": [2.5, -1.0, np.nan],
        "car needs lost [1]": [0, 0, 1],
    }, index=["a", "b", "c"])  # fmt: skip
    help_ = pd.DataFrame({
        "fire change [min]": [0.5, 3.0, np.nan], "fire cut off [1]": [0, 0, 1],
        "hospital change [min]": [0.75, 0.0, np.nan], "hospital cut off [1]": [0, 0, 1],
    }, index=["a", "b", "house"])  # fmt: skip
    help_.loc["c"] = [np.nan, 1, np.nan, 0]
    found = affected_map.of_addresses({"addresses": ways, "emergency": help_})
    assert list(found.index) == ["a", "b", "c"]
    assert found["change_worst"].tolist() == [2.5, 3.0, 0.0]
    assert found["change_help"].tolist()[:2] == [0.75, 3.0]
    assert found["needs_lost"].tolist() == [0.0, 0.0, 4.0]
    assert "change_transit" not in found


def test_without_help_or_ways_nothing_is_made_up() -> None:
    ways = pd.DataFrame({"street": ["A"]}, index=["a"])
    help_ = pd.DataFrame({"evidence": pd.Series(dtype="str")}, index=pd.Index([], dtype="str"))
    found = affected_map.of_addresses({"addresses": ways, "emergency": help_})
    assert found["change_worst"].isna().all()
    assert found["needs_lost"].tolist() == [0.0]

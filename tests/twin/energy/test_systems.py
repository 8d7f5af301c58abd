from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from twin.energy import systems

SYSTEMS = pd.DataFrame(
    {
        "carrier": ["natural_gas", "district_heating", "electricity", "electricity"],
        "value": [0.9, 0.95, 1.0, 3.0],
    },
    index=["natural_gas", "district_heating", "electricity", "heat_pump"],
)
MIX = pd.Series({"natural_gas": 0.5, "electricity": 0.2, "heat_pump": 0.3})
NONE = pd.Series(dtype="float64")


def test_each_kind_delivers_its_carrier() -> None:
    heating = pd.Series(["natural_gas", "district_heating", "electricity", "heat_pump"])
    share = systems.shares(heating, SYSTEMS, MIX)
    found = systems.delivered(np.full(4, 900.0), share, SYSTEMS)
    assert found["natural_gas"].tolist() == pytest.approx([1000.0, 0.0, 0.0, 0.0])
    assert found["district_heating"].tolist() == pytest.approx([0.0, 900 / 0.95, 0.0, 0.0])
    assert found["electricity"].tolist() == pytest.approx([0.0, 0.0, 900.0, 300.0])


def test_an_unknown_heating_takes_the_shares_of_the_country() -> None:
    share = systems.shares(pd.Series(["mix"]), SYSTEMS, MIX)
    found = systems.delivered(np.array([1000.0]), share, SYSTEMS)
    assert share.sum(axis=1).tolist() == pytest.approx([1.0])
    assert found.loc[0, "natural_gas"] == pytest.approx(500 / 0.9)
    assert found.loc[0, "electricity"] == pytest.approx(200 + 300 / 3)


@pytest.mark.parametrize("heating", ["mix", "fusion"])
def test_what_no_table_knows_is_not_delivered_at_all(heating: str) -> None:
    share = systems.shares(pd.Series([heating]), SYSTEMS, NONE)
    assert share.sum(axis=1).tolist() == [0.0]

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


def test_a_supply_of_its_own_efficiency_goes_before_that_of_its_kind() -> None:
    share = systems.shares(pd.Series(["natural_gas", "natural_gas", "mix"]), SYSTEMS, MIX)
    own = pd.Series([1.0, np.nan, 2.0])
    found = systems.delivered(np.full(3, 900.0), share, SYSTEMS, own)
    assert found["natural_gas"].tolist()[:2] == pytest.approx([900.0, 1000.0])
    # A mix keeps its carriers' shares and delivers as much in all as its own efficiency says.
    assert found.sum(axis=1)[2] == pytest.approx(450.0)
    usual = systems.delivered(np.full(3, 900.0), share, SYSTEMS)
    ratio = found.loc[2] / usual.loc[2].where(usual.loc[2] > 0.0)
    assert ratio.dropna().tolist() == pytest.approx([ratio.dropna().iloc[0]] * 2)

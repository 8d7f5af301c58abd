from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from twin.energy import heat_areas, systems
from twin.energy.parameters import energy_parameters

DANISH = energy_parameters("DK")
HEATING = pd.Series(["natural_gas", "mix", "mix", "mix"], index=["a", "b", "c", "d"])


def houses(*networks: str | None) -> pd.DataFrame:
    return pd.DataFrame({"heating": HEATING, "heat_network": list(networks)}, index=HEATING.index)


def test_a_register_goes_before_the_area_and_the_area_before_the_country() -> None:
    found = heat_areas.shares(houses("north", "north", None, ""), DANISH)
    connected = DANISH.constants["network.connected"]
    assert found.loc["a", "natural_gas"] == 1.0
    assert found.loc["b", "district_heating"] == pytest.approx(connected)
    assert found.loc[["c", "d"], "district_heating"].tolist() == [0.0, 0.0]
    assert found.sum(axis=1).tolist() == pytest.approx([1.0] * 4)
    # The others keep their proportions.
    gas, oil = DANISH.mix["natural_gas"], DANISH.mix["heating_oil"]
    for name in ("b", "c"):
        assert found.loc[name, "natural_gas"] / found.loc[name, "heating_oil"] == pytest.approx(
            gas / oil
        )


@pytest.mark.parametrize("networks", [(None,) * 4, ("",) * 4])
def test_without_areas_the_country_stands_for_all(networks: tuple[str | None, ...]) -> None:
    found = heat_areas.shares(houses(*networks), DANISH)
    plain = systems.shares(HEATING, DANISH.systems, DANISH.mix)
    pd.testing.assert_frame_equal(found, plain)
    bare = pd.DataFrame({"heating": HEATING})
    pd.testing.assert_frame_equal(heat_areas.shares(bare, DANISH), plain)


def test_without_shares_of_the_country_nothing_is_made_up() -> None:
    empty = replace(DANISH, mix=DANISH.mix.iloc[:0])
    found = heat_areas.shares(houses("north", "north", None, None), empty)
    assert found.sum(axis=1).tolist() == [1.0, 0.0, 0.0, 0.0]

from __future__ import annotations

from dataclasses import replace
from math import exp, sqrt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.cities import tiny
from tests.twin.mobility.test_junction_control import cross
from twin.mobility import junction_delay as jd
from twin.mobility import road_links
from twin.mobility.parameters import mobility_parameters

if TYPE_CHECKING:
    import geopandas as gpd

PARAMETERS = mobility_parameters("DK")
ROADS = PARAMETERS.roads


def test_gaps_by_hand() -> None:
    # 480 cars an hour on the main road: 480 exp(-480 * 6.5 / 3600) / (1 - exp(-480 * 4 / 3600)).
    expected = 480 * exp(-0.8666667) / (1 - exp(-0.5333333))
    assert jd.gap_capacity(np.array([480.0]), ROADS)[0] == pytest.approx(expected, rel=1e-6)


def test_an_empty_main_road_lets_one_car_in_per_follow_up_time() -> None:
    assert jd.gap_capacity(np.array([0.0]), ROADS)[0] == pytest.approx(900.0)


def test_a_balanced_roundabout_fills_itself() -> None:
    entry = jd.balanced_entry(ROADS)
    assert entry == pytest.approx(1130 * exp(-0.001 * entry))
    assert 500 < entry < 700


def table(control: str, role: str, capacity: float, green: float = np.nan) -> pd.DataFrame:
    return pd.DataFrame(
        {"control": [control], "role": [role], "green": [green], "capacity": [capacity]}
    )


def test_signal_delay_by_hand() -> None:
    # 90 s cycle, 40 % green, 760 cars an hour, at 80 % of it.
    one = table("signal", "main", 760.0, 0.4)
    uniform = 0.5 * 90 * 0.6**2 / (1 - 0.8 * 0.4)
    queue = 900 * 0.25 * (-0.2 + sqrt(0.04 + 4 * 0.8 / (760 * 0.25)))
    assert jd.delay(one, 0.8, ROADS)[0] == pytest.approx(uniform + queue)
    assert jd.delay(one, 0.0, ROADS)[0] == pytest.approx(0.5 * 90 * 0.36)


def test_delay_of_who_waits_for_gaps_by_hand() -> None:
    at = {
        load: 900 * 0.25 * (load - 1 + sqrt((load - 1) ** 2 + 8 * load / (450 * 0.25)))
        for load in (0.0, 0.5, 1.0)
    }
    for load, queue in at.items():
        minor = jd.delay(table("priority", "minor", 450.0), load, ROADS)[0]
        assert minor == pytest.approx(8.0 + 5.0 + queue)
        equal = jd.delay(table("priority", "equal", 450.0), load, ROADS)[0]
        assert equal == pytest.approx(8.0 + queue)
        circle = jd.delay(table("roundabout", "minor", 450.0), load, ROADS)[0]
        assert circle == pytest.approx(8.0 + 5.0 * load + queue)


def test_who_need_not_wait_loses_no_time() -> None:
    assert jd.delay(table("none", "main", np.inf), 0.0, ROADS)[0] == 0.0


KINDS = st.sampled_from([
    ("signal", "main", 0.4), ("priority", "minor", np.nan), ("priority", "equal", np.nan),
    ("roundabout", "minor", np.nan),
])  # fmt: skip


@given(KINDS, st.floats(50, 3000), st.floats(0, 2), st.floats(0, 2))
def test_delay_never_falls_with_the_load(
    kind: tuple[str, str, float], capacity: float, one: float, other: float
) -> None:
    control, role, green = kind
    low, high = sorted([one, other])
    row = table(control, role, capacity, green)
    assert jd.delay(row, low, ROADS)[0] <= jd.delay(row, high, ROADS)[0] + 1e-9


def approaches(
    streets: gpd.GeoDataFrame, junctions: gpd.GeoDataFrame, period: str | None = None
) -> pd.DataFrame:
    opened = road_links.open_streets(streets, period)
    links = pd.concat([
        road_links.one_way(opened, way, PARAMETERS, period) for way in ("forward", "backward")
    ])  # fmt: skip
    found = jd.approaches(links, road_links.laid(streets, PARAMETERS), junctions, ROADS)
    return found[found["place"]]


def test_green_follows_what_the_roads_carry() -> None:
    big = {"highway": "secondary"}
    streets, junctions = cross(
        {(2, 1): big, (1, 3): big, (1, 4): {}}, {1: "traffic_signals"}
    )  # fmt: skip
    green = approaches(streets, junctions)["green"]
    useful = 1 - 2 * 4 / 90
    assert green["w21:2-1 forward"] == pytest.approx(useful * 800 / 1400)
    assert green["w14:1-4 backward"] == pytest.approx(useful * 600 / 1400)


def test_a_green_share_is_taken_and_the_others_get_the_rest() -> None:
    big = {"highway": "secondary"}
    streets, junctions = cross({(2, 1): big, (1, 3): big, (1, 4): {}}, {1: "traffic_signals"})
    found = approaches(streets, junctions.assign(green_share=0.7))
    assert found.loc["w21:2-1 forward", "green"] == pytest.approx(0.7)
    assert found.loc["w14:1-4 backward", "green"] == pytest.approx(1 - 8 / 90 - 0.7)
    assert found.loc["w21:2-1 forward", "capacity"] == pytest.approx(1900 * 0.7)
    assert found.loc["w21:2-1 forward", "delay"] == pytest.approx(45 * 0.3**2)


def test_where_equal_roads_cross_a_green_share_is_that_of_the_larger_one() -> None:
    one, other = {"name": "B", "lanes": 4.0}, {"name": "A"}
    streets, junctions = cross(
        {(2, 1): one, (1, 3): one, (1, 4): other, (5, 1): other}, {1: "traffic_signals"}
    )
    found = approaches(streets, junctions.assign(green_share=0.7))["green"]
    assert found["w21:2-1 forward"] == found["w13:1-3 backward"] == pytest.approx(0.7)
    assert found["w51:5-1 forward"] == pytest.approx(1 - 8 / 90 - 0.7)


def test_who_waits_waits_for_the_flow_of_the_main_road() -> None:
    big = {"highway": "secondary"}
    streets, junctions = cross({(2, 1): big, (1, 3): big, (1, 4): {}})
    found = approaches(streets, junctions)
    flow = np.array([0.3 * 2 * 800.0])
    assert found.loc["w14:1-4 backward", "capacity"] == pytest.approx(
        jd.gap_capacity(flow, ROADS)[0]
    )
    assert np.isinf(found.loc["w21:2-1 forward", "capacity"])


def test_delay_at_what_the_link_takes_is_that_of_the_formula() -> None:
    city = tiny()
    found = approaches(city.streets, city.junctions)
    row = found.loc["w102:21-22 forward"]
    assert row["control"] == "signal"
    full = 600 / row["capacity"]
    own = table("signal", row["role"], row["capacity"], row["green"])
    assert row["delay_full"] == pytest.approx(jd.delay(own, full, ROADS)[0])


def test_figures_decide() -> None:
    one = table("signal", "main", 760.0, 0.4)
    slow = replace(ROADS, cycle=120.0)
    assert jd.delay(one, 0.0, slow)[0] == pytest.approx(0.5 * 120 * 0.36)

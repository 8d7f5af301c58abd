from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import tables
from twin.mobility import health

DE = health.parameters("DE")
PEOPLE = pd.Series([1000.0, 200.0, 0.0], index=pd.Index(["a", "b", "c"], dtype="str"))


def minutes(**each: list[float]) -> dict[str, np.ndarray]:
    return {mode: np.array(values) for mode, values in each.items()}


def test_a_town_that_walks_the_reference_volume_by_hand() -> None:
    # 1,000 people walk 24 min a day (168 a week): 720 adults, 470 deaths per 100,000, 11 % fewer.
    found = health.prevented(minutes(walk=[24_000.0]), np.array([1000.0]), DE)
    assert found["walk"][0] == pytest.approx(1000 * 0.72 * 470e-5 * 0.11, rel=1e-12)
    assert found["bicycle"][0] == 0.0


def test_cycling_half_the_reference_volume_gives_half() -> None:
    # 50 min a week: 5 % fewer deaths of 590 adults at 260 per 100,000.
    found = health.prevented(minutes(bicycle=[50_000.0 / 7.0]), np.array([1000.0]), DE)
    assert found["bicycle"][0] == pytest.approx(1000 * 0.59 * 260e-5 * 0.05, rel=1e-12)


def test_a_minute_on_an_e_bike_counts_less() -> None:
    one = health.prevented(minutes(bicycle=[700.0]), np.array([1000.0]), DE)["bicycle"][0]
    other = health.prevented(minutes(ebike=[700.0]), np.array([1000.0]), DE)["bicycle"][0]
    assert other == pytest.approx(0.75 * one, rel=1e-12)


def test_the_greatest_reduction_is_kept() -> None:
    volume = np.array([0.0, 100.0, 450.0, 451.0, 5000.0])
    found = health.reduction(volume, "bicycle", DE)
    assert found == pytest.approx([0.0, 0.1, 0.45, 0.45, 0.45], abs=1e-12)
    run = health.run(minutes(walk=[0, 0, 0]), minutes(walk=[100_000.0, 100.0, 0.0]), PEOPLE, DE)
    assert run.counts["capped"] == 1.0
    assert run.frame.loc["a", "deaths_prevented"] == pytest.approx(720 * 470e-5 * 0.30, rel=1e-12)


def test_the_value_is_that_of_the_deaths() -> None:
    run = health.run(minutes(walk=[0, 0, 0]), minutes(walk=[5000.0, 100.0, 0.0]), PEOPLE, DE)
    assert (run.frame["health_value"] == run.frame["deaths_prevented"] * 2_907_921).all()
    assert run.totals.loc["deaths_prevented", "value"] == pytest.approx(
        run.frame["deaths_prevented"].sum(), rel=1e-12
    )
    assert (run.totals["low"] < run.totals["value"]).all()
    assert (run.totals["value"] < run.totals["high"]).all()


def test_published_intervals_become_the_10th_and_90th_percentile() -> None:
    # 0.11 (0.04 to 0.17, 95 %): 1.2816 / 1.9600 of each side.
    assert DE["walk.reduction"].low == pytest.approx(0.11 - 0.07 * 1.281552 / 1.959964, rel=1e-6)
    assert DE["walk.reduction"].high == pytest.approx(0.11 + 0.06 * 1.281552 / 1.959964, rel=1e-6)
    # 80 % intervals are those percentiles already.
    assert DE["walk.mortality"].value == 470.0
    assert DE["walk.mortality"].low == pytest.approx(352.0, rel=1e-12)
    assert DE["walk.mortality"].high == pytest.approx(588.0, rel=1e-12)


def test_the_range_is_that_of_many_draws() -> None:
    # Second route: draws of normal figures, symmetric for the test.
    figures = {
        name: health.Figure(f.value, f.value * 0.95, f.value * 1.05) for name, f in DE.items()
    }
    run = health.run(
        minutes(walk=[0, 0, 0], bicycle=[0, 0, 0]),
        minutes(walk=[5000.0, 100.0, 0.0], bicycle=[3000.0, 10.0, 0.0]), PEOPLE, figures,
    )  # fmt: skip
    parts = {
        mode: run_part.sum()
        for mode, run_part in health.prevented(
            minutes(walk=[5000.0, 100.0, 0.0], bicycle=[3000.0, 10.0, 0.0]),
            PEOPLE.to_numpy(), figures,
        ).items()
    }  # fmt: skip
    random = np.random.default_rng(7)
    sigma = 0.05 / 1.281552
    draws = sum(
        part * np.prod(random.normal(1.0, sigma, (3, 400_000)), axis=0) for part in parts.values()
    ) * random.normal(1.0, sigma, 400_000)
    low, high = np.quantile(draws, [0.1, 0.9]) * 2_907_921
    totals = run.totals.loc["health_value"]
    assert totals["low"] == pytest.approx(low, rel=0.005)
    assert totals["high"] == pytest.approx(high, rel=0.005)


@given(st.lists(st.floats(0.0, 2000.0), min_size=3, max_size=3), st.floats(0.0, 1.0))
def test_no_change_does_nothing_and_more_never_harms(walked: list[float], more: float) -> None:
    now = minutes(walk=walked, bicycle=walked)
    same = health.run(now, now, PEOPLE, DE)
    assert (same.frame == 0.0).all().all()
    assert (same.totals == 0.0).all().all()
    then = {mode: values * (1.0 + more) for mode, values in now.items()}
    gain = health.run(now, then, PEOPLE, DE).frame["deaths_prevented"]
    loss = health.run(then, now, PEOPLE, DE).frame["deaths_prevented"]
    assert (gain >= 0.0).all()
    assert (loss == -gain).all()


def test_parts_that_cancel_leave_their_doubt() -> None:
    # As many deaths prevented by walking as cycling less costs: nothing on balance, but not surely.
    equal = minutes(walk=[1000.0, 0.0, 0.0])
    walked = health.prevented(equal, PEOPLE.to_numpy(), DE)["walk"].sum()
    ridden = health.prevented(minutes(bicycle=[1000.0, 0.0, 0.0]), PEOPLE.to_numpy(), DE)[
        "bicycle"
    ].sum()
    run = health.run(
        minutes(bicycle=[1000.0 * walked / ridden, 0.0, 0.0]), equal, PEOPLE, DE
    )  # fmt: skip
    row = run.totals.loc["deaths_prevented"]
    assert row["value"] == pytest.approx(0.0, abs=1e-12)
    assert row["low"] < -0.1 * walked
    assert row["high"] > 0.1 * walked


def test_a_zone_without_people_has_no_deaths() -> None:
    run = health.run(minutes(walk=[0, 0, 0]), minutes(walk=[1.0, 1.0, 5.0]), PEOPLE, DE)
    assert run.frame.loc["c", "deaths_prevented"] == 0.0


def test_countries_without_rows_of_their_own_take_those_of_everywhere() -> None:
    assert health.parameters("PT")["walk.mortality"].value == 450.0
    assert health.parameters("DK")["walk.mortality"].value == 420.0
    assert set(health.parameters("PT")) == set(DE)


def test_every_figure_lies_in_its_range() -> None:
    rows = tables.load("health").dropna(subset=["interval"])
    assert (rows["low"] < rows["value"]).all()
    assert (rows["value"] < rows["high"]).all()
    assert set(rows["interval"]) == {0.8, 0.95}


@pytest.mark.parametrize(
    ("given", "said"),
    [({"swim": [1.0, 1.0, 1.0]}, "unknown modes"), ({"walk": [1.0, 1.0]}, "one per zone"),
     ({"walk": [-1.0, 0.0, 0.0]}, "negative"), ({"walk": [np.nan, 0.0, 0.0]}, "not finite")],
)  # fmt: skip
def test_wrong_minutes_are_refused(given: dict[str, list[float]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        health.run({}, minutes(**given), PEOPLE, DE)

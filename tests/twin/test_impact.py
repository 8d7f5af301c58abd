"""What a run means for people: ranges by hand, losers beside winners, districts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from tests.twin.cities import tiny
from twin import districts, impact, reports, spreads
from twin.ledger import Ledger
from twin.mobility import health
from twin.result import Result
from twin.section import number

CITY = tiny()
HOMES = ["w1001", "w1002", "w1003", "w1005"]  # 2, 2, 3 and 32 people


def figure(value: float | None, low: float | None = None, high: float | None = None,
           evidence: str = "assumed") -> dict[str, Any]:  # fmt: skip
    return {"value": value, "low": low, "high": high, "evidence": evidence}


def result(people: Any = None, **columns: Any) -> Result:
    frame = pd.DataFrame(columns, index=pd.Index(HOMES, dtype="str"))
    record = {"people": people or {}, "country": "DK", "scenario": "x", "year": 2030,
              "certificates": {}}  # fmt: skip
    return Result({"buildings": frame}, Ledger.empty(), record)


def change(before: Result, after: Result) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in impact.change_rows(before, after)}


def drawn(value: float, low: float, high: float) -> tuple[float, float]:
    """Second route: a change with prices and an effect of traffic that err independently."""
    chance, tenth = np.random.default_rng(3), norm.ppf(0.9)
    price, effect = chance.standard_normal((2, 100_000)) / tenth
    known = value + np.where(price < 0.0, -price * (low - value), price * (high - value))
    ends = spreads.spread("effect", "streets")
    found = known * np.where(effect < 0.0, ends.low**-effect, ends.high**effect)
    first, last = np.quantile(found, [0.1, 0.9])
    return float(first), float(last)


def test_both_sides_err_alike() -> None:
    # Rates 0.5 to 2 times the value: 100 less is 50 to 200 less.
    before, after = (result({"crash_cost": figure(value, 0.5 * value, 2.0 * value)})
                     for value in (300.0, 200.0))  # fmt: skip
    row = change(before, after)["crash_cost"]
    assert row["change"] == -100.0
    assert (row["low"], row["high"]) == pytest.approx(drawn(-100.0, -200.0, -50.0), rel=0.03)
    (printed,) = impact.change_section(before, after).rows
    assert printed == ("Cost of crashes of cars and lorries to others", "300", "200", "-100",
                       f"{number(row['low'])} to {number(row['high'])}", "better", "EUR/a",
                       "assumed")  # fmt: skip


def test_walking_and_cycling_err_by_themselves() -> None:
    figures = health.parameters("DK")

    def run(walked: float, ridden: float) -> Result:
        totals = health.totals({"walk": walked, "bicycle": ridden}, figures)
        return result({
            "deaths_walk": figure(walked), "deaths_bicycle": figure(ridden),
            **{key: figure(*totals.loc[key, ["value", "low", "high"]]) for key in totals.index},
        })  # fmt: skip

    row = change(run(1.0, 1.0), run(0.5, 1.5))["deaths_prevented"]
    # Nothing on balance, but not surely: half a death each way, each with its own error.
    assert row["change"] == 0.0
    assert row["low"] < -0.1
    assert row["high"] > 0.1
    gain = change(run(1.0, 1.0), run(2.0, 1.0))["deaths_prevented"]
    # Reduction 0.11 (0.064 to 0.149), mortality 420 (315 to 525), adults 0.72 (0.68 to 0.76).
    parts = [(0.11 - 0.0642290) / 0.11, 105 / 420, 0.04 / 0.72]
    low = 1.0 - np.hypot(np.hypot(parts[0], parts[1]), parts[2])
    known = impact._health_ranges(run(1.0, 1.0).record["people"], run(2.0, 1.0).record["people"],
                                  "DK")["deaths_prevented"]  # fmt: skip
    assert known.low == pytest.approx(low, abs=1e-4)
    assert (gain["low"], gain["high"]) == pytest.approx(drawn(1.0, *known), rel=0.03)


def test_levels_of_another_method_are_told_as_differences_only() -> None:
    before, after = (result({"noise_compare": figure(level)}) for level in (61.0, 59.5))
    assert impact.rows(before) == []
    row = change(before, after)["noise_compare"]
    assert (row["before"], row["after"], row["change"]) == (None, None, -1.5)
    assert impact.change_section(before, after).rows[0][1:4] == ("-", "-", "-1.50")


def test_what_hardly_changes_is_neither_better_nor_worse_and_nothing_is_no_row() -> None:
    before = result({"walk_minutes": figure(10.0), "road_charge": figure(0.0)})
    for value, said in ((10.005, ""), (10.1, "worse"), (9.9, "better")):
        after = result({"walk_minutes": figure(value), "road_charge": figure(0.0)})
        (row,) = impact.change_section(before, after).rows
        assert row[5] == said
    assert [row["key"] for row in impact.rows(before)] == ["walk_minutes"]


def test_what_could_not_be_computed_has_no_row() -> None:
    whole = {key: figure(1.0, 0.5, 2.0) for key in (*impact.HEALTH, *impact.BY_MODE.values())}
    some = {**whole, "deaths_walk": figure(None), "health_value": figure(None)}  # as JSON keeps NaN
    assert {row["key"] for row in impact.rows(result(some))} == {
        "deaths_prevented",
        "deaths_bicycle",
    }
    found = change(result(whole), result(some))
    assert set(found) == {"deaths_prevented", "deaths_bicycle"}


def test_runs_kept_before_have_no_block() -> None:
    old = Result({}, Ledger.empty(), {"scenario": "x", "year": 2030})
    assert impact.rows(old) == []
    assert impact.change_section(old, old).rows == ()


def test_losers_stand_beside_winners() -> None:
    before = result(walk_school=[5.0, 5.0, 5.0, 5.0], walk_park=[5.0, 5.0, 5.0, np.nan])
    after = result(walk_school=[9.0, 5.9, 4.0, 3.0], walk_park=[5.0, 5.0, 2.0, np.nan])
    (row,) = impact.sides(CITY, before, after)
    # Means: +2 (2 people), +0.45 (2), -2 (3), -2 on one need (32).
    assert row["key"] == "walk"
    assert (row["losers"], row["winners"]) == (2.0, 35.0)
    assert (row["worst"], row["best"]) == (2.0, 2.0)
    lines = reports.comparison_lines(before, after, CITY)
    head = next(line for line in lines if "People who lose" in line)
    assert head.index("People who lose") < head.index("People who gain")


def test_who_loses_the_last_way_loses() -> None:
    before = result(walk_school=[5.0, 5.0, 5.0, np.nan], walk_park=[5.0, 5.0, 5.0, 5.0])
    after = result(walk_school=[np.nan, 5.0, 5.0, 7.0], walk_park=[1.0, 5.0, 5.0, 5.0])
    (row,) = impact.sides(CITY, before, after)
    assert (row["losers"], row["winners"]) == (2.0, 32.0)


def test_noise_counts_by_either_method_and_quiet_sides_do_not() -> None:
    for name in ("lden", "lden_compare"):
        before = result(**{name: [50.0] * 4, "lden_quiet": [40.0] * 4})
        after = result(**{name: [50.9, 51.0, 49.0, 50.0], "lden_quiet": [60.0] * 4})
        (row,) = impact.sides(CITY, before, after)
        assert (row["losers"], row["winners"]) == (2.0, 3.0)


def test_districts_are_those_of_the_census_first() -> None:
    section = pd.Series("north", CITY.buildings.index).mask(
        CITY.buildings.index == "w1001", "south"
    )
    city = CITY.replace(buildings=CITY.buildings.assign(section=section.astype("str")))
    found = impact.by_district(city, result(walk_school=[6.0, 1.0, 4.0, 2.0]))
    assert found.loc["south"].to_dict() == {"people": 2.0, "Walk [min]": 6.0}
    assert found.loc["north", "people"] == 37.0
    assert found.loc["north", "Walk [min]"] == pytest.approx((2 * 1 + 3 * 4 + 32 * 2) / 37)
    now = impact.districts_section(city, result(walk_school=[6.0, 1.0, 4.0, 2.0]),
                                   result(walk_school=[5.0, 1.0, 4.0, 2.0]))  # fmt: skip
    assert {row[0]: row[2] for row in now.rows}["south"] == "6 (+1)"


def test_without_districts_there_is_no_table() -> None:
    assert districts.of_buildings(CITY).isna().all()
    assert impact.districts_section(CITY, result(walk_school=[6.0, 1.0, 4.0, 2.0])).rows == ()

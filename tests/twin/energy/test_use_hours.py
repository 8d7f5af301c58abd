from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layers import tables
from twin.energy import use_hours

YEAR = pd.date_range("2023-01-01", periods=8760, freq="h")
SHAPES = use_hours.of_times(YEAR)
HOUSE = SHAPES.names.index("household")


def test_a_kilowatt_hour_is_spread_over_the_year() -> None:
    assert SHAPES.power.sum(axis=1) == pytest.approx(np.full(len(SHAPES.names), 1000.0))
    assert (SHAPES.power > 0.0).all()


def test_each_hour_takes_its_season_day_and_hour() -> None:
    rows = tables.load("energy_hours").set_index(["profile", "season", "day"])
    # 2023-01-02 was a Monday in winter, 2023-07-01 a Saturday in summer.
    monday, saturday = 24 + 18, (181 * 24) + 12
    assert YEAR[saturday].strftime("%a %H") == "Sat 12"
    ratio = SHAPES.power[HOUSE, monday] / SHAPES.power[HOUSE, saturday]
    winter = rows.loc[("household", "winter", "workday"), "h18"]
    assert ratio == pytest.approx(winter / rows.loc[("household", "summer", "saturday"), "h12"])


@pytest.mark.parametrize(
    ("day", "season"),
    [("03-20", "winter"), ("03-21", "transition"), ("05-14", "transition"), ("05-15", "summer"),
     ("09-14", "summer"), ("09-15", "transition"), ("10-31", "transition"), ("11-01", "winter")],
)  # fmt: skip
def test_seasons_begin_on_the_days_of_the_vdew(day: str, season: str) -> None:
    assert use_hours._seasons(pd.DatetimeIndex([f"2023-{day}"]))[0] == season


def test_published_shapes_have_a_mean_of_one() -> None:
    rows = tables.load("energy_hours")
    week = rows["day"].map({"workday": 5 / 7, "saturday": 1 / 7, "sunday": 1 / 7})
    days = rows["season"].map({"winter": 140, "transition": 102, "summer": 123, "all": 365})
    means = rows[use_hours.CLOCK].mean(axis=1) * week * days / 365
    assert means.groupby(rows["profile"]).sum().to_numpy() == pytest.approx(1.0, abs=2e-3)


def test_every_use_has_its_shapes() -> None:
    uses = tables.load("uses")["use"]
    for column in ("electricity", "hot_water"):
        assert (SHAPES.number(uses, column) >= 0).all()
    assert SHAPES.number(pd.Series(["house"]), "hot_water")[0] == SHAPES.names.index("hot_water")


def test_months_are_steady() -> None:
    lengths = np.array([744.0, 672.0])
    found = use_hours.steady(lengths)
    assert (found.power @ lengths) == pytest.approx(np.full(len(found.names), 1000.0))

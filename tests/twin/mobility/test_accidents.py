from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from layers import tables
from tests.twin import cities
from twin.mobility import accidents

CITY = cities.tiny()
STREETS = CITY.streets
FIGURES = tables.figures("external_costs")
FATAL, SERIOUS, SLIGHT = (FIGURES[f"casualty.{name}"] for name in accidents.SEVERITIES)


def points(
    *rows: tuple[float, float, str | None, float, str | None], **columns: Any
) -> gpd.GeoDataFrame:
    x, y, severity, casualties, date = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {
            "kind": "crash",
            "quantity": pd.array(severity, dtype="str"),
            "value": np.array(casualties, dtype=float),
            "date": pd.array(date, dtype="str"),
            **columns,
        },
        geometry=[cities.place(a, b) for a, b in zip(x, y, strict=True)],
        crs=cities.CRS,
        index=pd.Index([f"crashes:{n}" for n in range(len(x))], dtype="str"),
    )


def test_crashes_are_counted_a_year_on_the_nearest_street() -> None:
    found = accidents.observed(
        points(
            (50.0, 5.0, "fatal", 1.0, "2022-03-01"),  # 5 m north of Sydgade, first block
            (50.0, -4.0, "slight", 3.0, "2023-11-05"),  # the same street
            (150.0, 103.0, "serious", 2.0, "2023-01-31"),  # Hovedgaden, second block
        ),
        STREETS, FIGURES,
    )  # fmt: skip
    assert found.years == 2
    crashes = found.frame["crashes"]
    assert crashes[crashes > 0].to_dict() == {"w101:11-12": 1.0, "w102:22-23": 0.5}
    loss = found.frame["crash_loss"]
    assert loss["w101:11-12"] == pytest.approx((FATAL + SLIGHT + 2 * SLIGHT) / 2, rel=1e-12)
    assert loss["w102:22-23"] == pytest.approx((SERIOUS + SLIGHT) / 2, rel=1e-12)
    assert found.counts == {"crashes": 3, "far": 0, "undated": 0, "unknown_severity": 0}


def test_what_cannot_be_counted_is_told() -> None:
    found = accidents.observed(
        points(
            (50.0, 50.0, "slight", 1.0, "2023-01-01"),  # the middle of a block: 50 m away
            (50.0, 0.0, "slight", 1.0, None),
            (50.0, 0.0, "bump", 1.0, "2023-01-01"),
            (50.0, 0.0, "slight", np.nan, "2023-01-01"),
        ),
        STREETS, FIGURES,
    )  # fmt: skip
    assert found.counts == {"crashes": 4, "far": 1, "undated": 1, "unknown_severity": 1}
    assert found.frame["crashes"].sum() == 1.0
    assert found.frame["crash_loss"].sum() == SLIGHT
    said = " ".join(accidents.limits(found, scaled=True))
    assert said.count("left out") == 3
    assert "1 years" in said


def test_a_crash_at_a_crossing_counts_once() -> None:
    found = accidents.observed(
        points((100.0, 100.0, "slight", 1.0, "2023-01-01")), STREETS, FIGURES
    )
    assert found.frame["crashes"].sum() == 1.0
    again = accidents.observed(
        points((100.0, 100.0, "slight", 1.0, "2023-01-01")), STREETS, FIGURES
    )
    pd.testing.assert_frame_equal(found.frame, again.frame)


def test_other_points_and_none_are_no_crashes() -> None:
    meters = points((50.0, 0.0, "slight", 1.0, "2023-01-01"), kind="meter")
    found = accidents.observed(meters, STREETS, FIGURES)
    assert found.years == 0
    assert (found.frame == 0.0).all().all()
    undated = points((50.0, 0.0, "slight", 1.0, "2023-01-01")).drop(columns="date")
    found = accidents.observed(undated, STREETS, FIGURES)
    assert (found.years, found.counts["undated"]) == (0, 1)


def test_the_cost_is_kilometres_times_the_rate() -> None:
    index = pd.Index(["a", "b"], dtype="str")
    found = accidents.cost(
        {"car": np.array([1000.0, 0.0]), "bus": np.array([0.0, 100.0])}, index,
        accidents.rates(FIGURES),
    )  # fmt: skip
    assert found.to_dict() == pytest.approx({"a": 72.0, "b": 19.0}, rel=1e-12)


def test_crashes_of_the_place_scale_the_rates() -> None:
    driven = {"car": 1e6, "lorry": 1e5}
    scaled = accidents.rates(FIGURES, driven, 168_000.0)
    # 72,000 + 12,000 are expected: twice as much happened.
    assert scaled["car"] == pytest.approx(2 * 0.072, rel=1e-12)
    assert scaled["lorry"] == pytest.approx(2 * 0.12, rel=1e-12)
    total = sum(scaled[name] * value for name, value in driven.items())
    assert total == pytest.approx(168_000.0, rel=1e-12)


@pytest.mark.parametrize(
    ("driven", "loss"), [({"car": 0.0}, 1.0), ({"car": 1.0}, 0.0), (None, 1.0)]
)
def test_without_traffic_or_crashes_the_rates_are_those_of_the_table(
    driven: dict[str, float] | None, loss: float
) -> None:
    assert accidents.rates(FIGURES, driven, loss) == accidents.rates(FIGURES)
    assert set(accidents.rates(FIGURES)) == {"car", "van", "lorry", "bus"}

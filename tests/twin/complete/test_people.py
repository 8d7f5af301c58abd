from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin import cities
from tests.twin.complete import frames
from twin.complete import buildings as completion
from twin.complete import defaults, floors, people

if TYPE_CHECKING:
    from collections.abc import Mapping

FIGURES = defaults.load("DK")


def completed(*rows: Mapping[str, object], population: float | None = None) -> pd.DataFrame:
    found, _ = completion.prepare(frames.buildings(*rows), FIGURES)
    done, _ = completion.complete(found, frames.places(), frames.land(), FIGURES, 2021, population)
    return done


def test_floor_area_is_footprint_times_storeys_with_the_spread_of_the_storeys() -> None:
    one = completed({"building": "house", "area": 100.0, "levels": 2.0}).iloc[0]
    assert one["floor_area"] == pytest.approx(200.0)
    assert one["floor_area_spread"] == pytest.approx(100.0 * 0.3)
    assert one["floor_area_source"] == "calculated"


@pytest.mark.parametrize(
    ("row", "dwellings"),
    [
        ({"building": "house", "area": 100.0, "levels": 1.0}, 1),
        ({"building": "house", "area": 280.0, "levels": 3.0}, 2),
        ({"building": "apartments", "area": 100.0, "levels": 1.0}, 2),
        ({"building": "apartments", "area": 1000.0, "levels": 5.0}, 43),  # 3500 m2 / (109 x 0.75)
        ({"building": "apartments", "dwellings": 7.0}, 7),
        ({"building": "office", "area": 900.0}, 0),
        ({"building": "garage"}, 0),
    ],
)
def test_dwellings(row: dict[str, object], dwellings: int) -> None:
    assert completed(row)["dwellings"].tolist() == [dwellings]


def test_people_without_a_total_are_dwellings_times_household() -> None:
    # Denmark: 2.0 persons per household (Eurostat 2019), 94 % of dwellings occupied (DST 2014).
    done = completed({"building": "apartments", "dwellings": 10.0}, {"building": "office"})
    assert done["people"].tolist() == [pytest.approx(10 * 2.0 * 0.94), 0.0]


@settings(deadline=None, max_examples=30)
@given(st.floats(1.0, 1e7), st.lists(st.integers(0, 300), min_size=1, max_size=12))
def test_a_known_total_is_kept_exactly(total: float, dwellings: list[int]) -> None:
    rows = pd.DataFrame(
        {
            "dwellings": [1.0, *map(float, dwellings)],
            "dwellings_spread": 0.5,
            "dwellings_source": "default",
            "inside": True,
        }
    )
    done = people.residents(rows, FIGURES, total)
    assert fsum(done["people"]) == pytest.approx(total, rel=1e-9)


def test_the_total_counts_inside_only_and_outside_follows_by_the_same_factor() -> None:
    found, _ = completion.prepare(
        frames.buildings({"building": "house"}, {"building": "house"}), FIGURES
    )
    found = found.assign(inside=[True, False])
    done, _ = completion.complete(found, frames.places(), frames.land(), FIGURES, 2021, 5.0)
    assert done["people"].tolist() == [pytest.approx(5.0), pytest.approx(5.0)]


def test_registered_residents_stay_and_the_rest_makes_up_the_total() -> None:
    city = cities.tiny()
    found = city.buildings
    found["people_source"] = found["people_source"].mask(found.index == "w1005", "register")
    done = people.residents(found, FIGURES, 100.0)
    assert done.loc["w1005", "people"] == found.loc["w1005", "people"]
    assert fsum(done["people"]) == pytest.approx(100.0, rel=1e-12)


def test_jobs_follow_floor_area_and_use() -> None:
    done = completed({"building": "office", "area": 500.0, "levels": 2.0}, {"building": "house"})
    assert done["jobs"].tolist() == [pytest.approx(1000 / 25), 0.0]


def test_sheds_and_tiny_buildings_are_not_heated() -> None:
    done = completed(
        {"building": "house", "area": 19.0},
        {"building": "house", "area": 21.0},
        {"building": "shed", "area": 60.0},
    )
    assert done["heated"].tolist() == [False, True, False]


@pytest.mark.parametrize(("area", "kept"), [(0.5, 0), (1.5, 1), (4e5, 1), (6e5, 0)])
def test_outlines_that_are_no_building_are_refused_and_counted(area: float, kept: int) -> None:
    done, notes = floors.believable(frames.buildings({"area": area}), FIGURES)
    assert len(done) == kept
    assert sum(int(str(note["count"])) for note in notes) == 1 - kept


def test_every_completed_number_is_finite_and_graded() -> None:
    done = completed(*[{"area": area} for area in (5.0, 40.0, 150.0, 700.0, 3000.0, 20_000.0)])
    for column in (
        "use",
        "year",
        "height",
        "levels",
        "floor_area",
        "dwellings",
        "people",
        "jobs",
        "renovation",
        "heating",
    ):
        assert done[[column, f"{column}_source", f"{column}_spread"]].notna().all(axis=None), column
    assert np.isfinite(
        done.select_dtypes("number").drop(columns=["height_top", "roof_levels"])
    ).all(axis=None)


def test_completing_a_completed_city_again_changes_no_kept_value() -> None:
    found = cities.tiny().buildings
    done, _ = completion.complete(found, cities.tiny().places, cities.tiny().land, FIGURES, 2024)
    kept = found["heating_source"] == "register"
    assert done.loc[kept, "heating"].tolist() == found.loc[kept, "heating"].tolist()
    assert done["use"].tolist() == found["use"].tolist()
    assert done["levels"].tolist() == found["levels"].tolist()

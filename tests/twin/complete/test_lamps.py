"""Lamps: what is known stays, what is assumed says so, and the road lit goes before the sidewalk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from shapely import LineString

from layers import tables
from tests.twin.complete import frames
from tests.twin.complete.frames import CRS, point
from twin.complete import defaults, lamps

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

FIGURES = defaults.load("DK")


def poles(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    """Lamps 30 m apart, 5 m north of the street."""
    whole = [{"geometry": point(30.0 * n, 5.0), **row} for n, row in enumerate(rows)]
    return frames.found("lamps", whole, [f"n{n}" for n in range(len(rows))])


def completed(*rows: dict[str, Any], year: int = 2024, **street: Any) -> gpd.GeoDataFrame:
    return lamps.complete(poles(*rows), frames.streets((0, 9), **street), FIGURES, year)[0]


@pytest.mark.parametrize(
    ("highway", "height", "led"),
    [("residential", 6, 35), ("secondary", 10, 90), ("footway", 4.5, 20), ("no_class", 6, 35)],
)
def test_a_lamp_without_tags_is_the_usual_one_of_what_it_lights(
    highway: str, height: float, led: float
) -> None:
    one = completed({}, highway=highway).iloc[0]
    assert (one["height"], one["lamp_type"], one["power"]) == (height, "led", led)
    assert {one[f"{c}_source"] for c in ("height", "lamp_type", "power")} == {"default"}
    assert one["lamp_type_spread"] == 0.5
    assert one["height_spread"] > 0
    assert one["street"] == "w0:0-9"


def test_the_assumed_source_goes_by_the_base_year() -> None:
    assert completed({}, year=2015)["lamp_type"].tolist() == ["hps"]
    assert completed({}, year=2015)["power"].tolist() == [83.0]


def test_tags_are_kept_and_understood() -> None:
    done = completed({"lamp_type": "LED", "height": 8.0}, {"lamp_type": "high pressure sodium"},
                     {"lamp_type": "metal-halide"}, {"lamp_type": "Mercury"})  # fmt: skip
    assert done["lamp_type"].tolist() == ["led", "hps", "mh", "hg"]
    assert set(done["lamp_type_source"]) == {"osm"}
    assert (done["height"].iloc[0], done["height_source"].iloc[0]) == (8.0, "osm")
    assert done["power"].tolist() == [35.0, 83.0, 83.0, 137.0]


def test_a_word_that_is_strange_is_counted_and_not_guessed() -> None:
    done, notes = lamps.complete(
        poles({"lamp_type": "whale oil"}, {}), frames.streets((0, 9)), FIGURES, 2024
    )
    assert done["lamp_type_source"].tolist() == ["default", "default"]
    assert [(row["reason"], row["count"], row["examples"]) for row in notes] == [
        (lamps.STRANGE, 1, "n0")
    ]


def test_lamps_nearby_lend_what_they_know() -> None:
    known = [{"lamp_type": "led", "height": 4.0}] * 3 + [{"lamp_type": "hps", "height": 5.0}]
    one = completed(*known, {}, year=2015).iloc[-1]
    assert (one["lamp_type"], one["lamp_type_source"]) == ("led", "neighbours")
    assert one["lamp_type_spread"] == pytest.approx(0.25)
    assert (one["height"], one["height_source"]) == (4.0, "neighbours")
    assert one["height_spread"] >= FIGURES.settings["spread.neighbours.lamp_height"]


def test_the_road_goes_before_the_sidewalk_on_which_the_lamp_stands() -> None:
    roads = frames.streets((0, 9), (0, 9))
    roads["highway"] = ["primary", "footway"]
    roads.loc[roads.index[1], "geometry"] = LineString([point(0, 5), point(900, 5)])
    done, _ = lamps.complete(poles({}), roads, FIGURES, 2024)
    assert done["street"].tolist() == [roads.index[0]]
    far, _ = lamps.complete(poles({"geometry": point(50, 20)}), roads, FIGURES, 2024)
    assert far["street"].tolist() == [roads.index[1]]
    none, _ = lamps.complete(poles({"geometry": point(50, 90)}), roads, FIGURES, 2024)
    assert none["street"].isna().all()
    assert none["height"].tolist() == [6.0]


def test_completing_twice_changes_nothing() -> None:
    once = completed({"lamp_type": "led"}, {"height": 7.0}, {})
    twice, notes = lamps.complete(once, frames.streets((0, 9)), FIGURES, 2024)
    pd.testing.assert_frame_equal(pd.DataFrame(twice), pd.DataFrame(once))
    assert notes == []


def test_a_register_goes_before_all() -> None:
    once = completed({}, {})
    once.loc["n0", ["power", "power_source", "power_spread"]] = [51.0, "register", 0.0]
    again, _ = lamps.complete(once, frames.streets((0, 9)), FIGURES, 2024)
    assert again["power"].tolist() == [51.0, 35.0]
    assert again["power_source"].tolist() == ["register", "default"]


def test_no_lamps_and_no_streets_do_no_harm() -> None:
    empty, _ = lamps.complete(poles(), frames.streets((0, 9)), FIGURES, 2024)
    assert len(empty) == 0
    assert {"power", "height_source", "street"} <= set(empty)
    dark, _ = lamps.complete(poles({}), frames.streets(), FIGURES, 2024)
    assert dark["power"].tolist() == [35.0]


def test_every_light_source_has_a_power_for_all_that_is_lit() -> None:
    words = set(tables.load("lamp_words")["lamp_type"])
    every = [{"lamp_type": word} for word in sorted(words)]
    for highway in ("primary", "residential", "path"):
        done = completed(*every, highway=highway)
        assert done["power"].notna().all()
        assert np.all(done["power_spread"] > 0)


def test_helsinki_has_its_lamps(helsinki: Path) -> None:
    from twin import build

    found = build.from_osm(helsinki).lamps
    assert len(found) == 585  # of 586, one stands outside the hull of the data
    assert found["street"].notna().mean() > 0.95
    assert found["power"].between(20, 300).all()
    assert set(found["height_source"]) == {"default"}
    assert found.crs != CRS

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from tests.twin.complete import frames
from twin.complete import defaults, height, use

if TYPE_CHECKING:
    from collections.abc import Mapping

FIGURES = defaults.load("DK")


def with_use(*rows: Mapping[str, object]) -> pd.DataFrame:
    found = frames.buildings(*rows)
    return height.set_tops_aside(use.complete(found, frames.places(), frames.land(), FIGURES))


def completed(*rows: Mapping[str, object]) -> pd.DataFrame:
    cleaned, _ = height.believable(with_use(*rows), FIGURES)
    return height.complete(cleaned, FIGURES)


def test_tagged_storeys_stay_and_give_the_height() -> None:
    one = completed({"building": "apartments", "levels": 4.0}).iloc[0]
    assert (one["levels"], one["levels_source"]) == (4.0, "osm")
    assert one["height"] == pytest.approx(4 * 3.0)
    assert one["height_source"] == "calculated"
    # sqrt((spread of storeys x storey height)^2 + (storeys x spread of storey height)^2)
    assert one["height_spread"] == pytest.approx(np.hypot(0.3 * 3.0, 4 * 0.3))


def test_a_flat_roof_keeps_the_tagged_height_and_a_pitched_one_loses_its_roof() -> None:
    done = completed(
        {"building": "house", "height": 8.5, "roof_shape": "flat"},
        {"building": "house", "height": 8.5, "roof_shape": "gabled"},
    )
    assert done["height"].tolist() == [8.5, 8.5 - 2.5]
    assert done["height_source"].tolist() == ["osm", "calculated"]
    assert done["height_top"].tolist() == [8.5, 8.5]


def test_storeys_follow_from_a_known_height() -> None:
    one = completed({"building": "house", "height": 8.1}).iloc[0]
    assert (one["levels"], one["levels_source"]) == (2.0, "calculated")  # (8.1 - 2.5) / 2.8


def test_neighbours_of_the_same_use_and_size_lend_their_median() -> None:
    rows = [{"building": "house", "levels": n} for n in (1.0, 1.0, 3.0)]
    done = completed(*rows, {"building": "house"}, {"building": "office"}, {"building": "church"})
    assert (done["levels"].iloc[3], done["levels_source"].iloc[3]) == (1.0, "neighbours")
    # An office of that size borrows from the houses; a nave is no storey of a house.
    assert (done["levels"].iloc[4], done["levels_source"].iloc[4]) == (1.0, "neighbours")
    assert done["levels_source"].iloc[5] == "default"


def test_neighbours_out_of_reach_lend_nothing() -> None:
    rows = [{"building": "house", "levels": 1.0}] * 3
    found = frames.buildings(*rows, {"building": "house"}, spacing=2000.0)
    done = height.complete(
        height.set_tops_aside(use.complete(found, frames.places(), frames.land(), FIGURES)), FIGURES
    )
    assert done["levels_source"].iloc[3] == "default"


@pytest.mark.parametrize(
    ("row", "levels", "top", "reason"),
    [
        ({"levels": 63.0, "height": 10.0}, np.nan, 10.0, height.TOO_MANY),
        ({"levels": 2.0, "height": 40.0}, 2.0, np.nan, height.TOO_FEW),
        ({"levels": 3.0, "height": 10.0}, 3.0, 10.0, None),
        ({"levels": 63.0}, 63.0, np.nan, None),
        ({"height": 40.0}, np.nan, 40.0, None),
    ],
    ids=["63 storeys in 10 m", "feet for metres", "both fit", "only storeys", "only height"],
)
def test_contradictions_are_resolved_and_counted(
    row: dict[str, object], levels: float, top: float, reason: str | None
) -> None:
    cleaned, notes = height.believable(with_use({"building": "apartments", **row}), FIGURES)
    np.testing.assert_equal(cleaned[["levels", "height_top"]].iloc[0].tolist(), [levels, top])
    assert [note["reason"] for note in notes] == ([reason] if reason else [])


def test_completing_twice_changes_nothing() -> None:
    rows: list[Mapping[str, object]] = [
        {"building": "house", "levels": 2.0},
        {"building": "house"},
        {"building": "office", "height": 20.0},
        {"area": 15.0},
    ]
    once = completed(*rows)
    pd.testing.assert_frame_equal(height.complete(once, FIGURES), once)


def test_a_town_without_a_single_tag_is_complete() -> None:
    done = completed(*[{"building": "yes"}] * 20)
    assert done[["levels", "height", "levels_spread", "height_spread"]].notna().all(axis=None)
    assert set(done["levels_source"]) == {"default"}


def test_the_input_stays_as_it_was() -> None:
    found = with_use({"building": "house"})
    before = found.copy(deep=True)
    height.complete(found, FIGURES)
    pd.testing.assert_frame_equal(found, before)


def test_many_measured_heights_lend_themselves_and_not_their_storeys() -> None:
    # Forty of fifty alike houses are 7.7 m high by a surface model: 2.75 storeys of 2.8 m.
    rows = [{"building": "house", "area": 150.0} for _ in range(50)]
    houses = frames.buildings(*rows)
    measured = pd.Series([7.7] * 40 + [np.nan] * 10, houses.index)
    told = use.complete(houses, frames.places(), frames.land(), FIGURES).assign(
        height_top=np.nan,
        height=measured,
        height_source=pd.Series("dsm", houses.index, dtype="str").where(measured.notna()),
        height_spread=0.5,
    )
    done = height.complete(told, FIGURES).iloc[40:]
    assert done["height"].to_numpy() == pytest.approx(7.7)
    assert (done["height_source"] == "neighbours").all()
    assert (done["levels"] == 3).all()

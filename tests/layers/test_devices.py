from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from layers import osm
from tests.layers import osm_xml as xml

if TYPE_CHECKING:
    from pathlib import Path

NORTH_STEP = 111.195
"""Way from one node of a grid to the one north of it [m]."""


def line(folder: Path, at: int, tags: dict[str, str], **way: str) -> pd.Series:
    """The one street of a way with five nodes northwards, with tags on one of them."""
    nodes = [
        xml.node(number, 10.0, f"{55.0 + number / 1000:.7f}", **(tags if number == at else {}))
        for number in range(1, 6)
    ]
    kept = {"highway": "residential", **way}
    found = osm.read(xml.write(folder / "a.osm", *nodes, xml.way(1, range(1, 6), **kept)))
    return found.tables["streets"].iloc[0]


def test_signals_are_for_both_directions_with_the_way_to_either_end(tmp_path: Path) -> None:
    street = line(tmp_path, 2, {"highway": "traffic_signals"})
    assert street["control_forward"] == street["control_backward"] == "traffic_signals"
    assert street["control_forward_at"] == pytest.approx(3 * NORTH_STEP, rel=1e-3)
    assert street["control_backward_at"] == pytest.approx(NORTH_STEP, rel=1e-3)


@pytest.mark.parametrize("key", ["direction", "traffic_signals__direction"])
def test_a_tagged_direction_is_taken(tmp_path: Path, key: str) -> None:
    street = line(tmp_path, 2, {"highway": "traffic_signals", key: "forward"})
    assert street["control_forward"] == "traffic_signals"
    assert pd.isna(street["control_backward"])
    assert pd.isna(street["control_backward_at"])


@pytest.mark.parametrize(("at", "way"), [(2, "backward"), (4, "forward")])
def test_signs_without_direction_are_for_the_next_junction(
    tmp_path: Path, at: int, way: str
) -> None:
    street = line(tmp_path, at, {"highway": "give_way"})
    other = {"forward": "backward", "backward": "forward"}[way]
    assert street[f"control_{way}"] == "give_way"
    assert street[f"control_{way}_at"] == pytest.approx(NORTH_STEP, rel=1e-3)
    assert pd.isna(street[f"control_{other}"])


def test_the_last_control_before_the_end_is_kept(tmp_path: Path) -> None:
    nodes = [
        xml.node(number, 10.0, f"{55.0 + number / 1000:.7f}", **tags)
        for number, tags in enumerate(
            [{}, {"highway": "traffic_signals"}, {}, {"highway": "stop"}, {}], start=1
        )
    ]
    way = xml.way(1, range(1, 6), highway="residential")
    street = osm.read(xml.write(tmp_path / "a.osm", *nodes, way)).tables["streets"].iloc[0]
    assert street["control_forward"] == "stop"
    assert street["control_backward"] == "traffic_signals"


@pytest.mark.parametrize("value", ["crossing", "mini_roundabout"])
def test_what_does_not_stop_cars_between_junctions_is_not_kept(tmp_path: Path, value: str) -> None:
    street = line(tmp_path, 3, {"highway": value})
    assert pd.isna(street["control_forward"])


@pytest.mark.parametrize(
    ("tags", "barrier"),
    [
        ({"barrier": "bollard"}, "bollard"),
        ({"barrier": "bollard", "bollard": "removable"}, "bollard=removable"),
        ({"barrier": "bollard", "bollard": "rising", "access": "no"}, "bollard=rising"),
        ({"barrier": "planter", "bollard": "rising"}, "planter"),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, None),
        ({"barrier": "bollard", "bicycle": "yes", "access": "no"}, "bollard"),
        ({"barrier": "gate"}, None),
        ({"barrier": "gate", "access": "private"}, "gate"),
        ({"barrier": "gate", "motor_vehicle": "destination"}, None),
        ({"barrier": "kerb"}, None),
        ({"access": "no"}, None),
    ],
)
def test_barriers_stop_cars_by_kind_and_access(
    tmp_path: Path, tags: dict[str, str], barrier: str | None
) -> None:
    between = line(tmp_path, 3, tags)["barrier"]
    assert (None if pd.isna(between) else between) == barrier
    nodes = [
        xml.node(number, 10.0, f"{55.0 + number / 1000:.7f}", **(tags if number == 2 else {}))
        for number in range(1, 4)
    ]
    ways = [xml.way(number, [number, number + 1], highway="residential") for number in (1, 2)]
    found = osm.read(xml.write(tmp_path / "b.osm", *nodes, *ways)).tables
    end = found["junctions"].loc[2, "barrier"]
    assert (None if pd.isna(end) else end) == barrier
    assert found["streets"]["barrier"].isna().all()


def test_streets_without_devices_have_empty_columns(tmp_path: Path) -> None:
    street = line(tmp_path, 3, {})
    assert street[["barrier", "control_forward", "control_backward"]].isna().all()

"""Ways of sound taken over from an earlier scene are those of a search without a start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from tests.twin.mobility import noise_places as places
from twin.mobility import noise_changes, noise_scene, propagation

if TYPE_CHECKING:
    import numpy as np

    from twin.mobility.noise_scene import Scene
    from twin.mobility.propagation import Transfer

LINES = [[(x, 0.0), (x + 100.0, 3.0)] for x in range(0, 1_500, 100)]
BLOCKS = [(x + 10.0, 15.0, x + 25.0, 27.0) for x in range(0, 1_500, 50)]
MEADOW = (box(0, -40, 1_500, -5), "green", "meadow")


def layout(
    lines: list[list[tuple[float, float]]] = LINES,
    blocks: list[tuple[float, float, float, float]] = BLOCKS,
    meadow: tuple[object, str, str] = MEADOW,
    names: list[str] | None = None,
) -> Scene:
    stand, streets = places.buildings(blocks), places.streets(lines)
    if names is not None:
        streets.index = names
    return noise_scene.scene(
        streets.geometry, stand.geometry, stand["height"].to_numpy(),
        stand["heated"].to_numpy(), places.land([meadow]), places.LEGAL,
    )  # fmt: skip


@dataclass(frozen=True)
class Kept:
    scene: Scene
    transfer: Transfer


def searched(scene: Scene) -> Transfer:
    return propagation.transfer(scene, scene.points, scene.owner, places.LEGAL)


BASE = Kept(layout(), searched(layout()))


def same(one: Transfer, other: Transfer) -> None:
    assert (one.first == other.first).all()
    assert (one.street == other.street).all()
    assert (one.gain == other.gain).all()


def test_nothing_changed_searches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = spy(monkeypatch)
    same(noise_changes.refreshed(BASE, layout(), places.LEGAL), BASE.transfer)
    assert asked == [0]


def spy(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of points that are searched from here on."""
    asked: list[int] = []
    real = propagation.transfer

    def counted(scene: Scene, points: np.ndarray, *rest: object, **named: object) -> Transfer:
        asked.append(len(points))
        return real(scene, points, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(propagation, "transfer", counted)
    return asked


CHANGES: dict[str, dict[str, Any]] = {
    "a house more": {"blocks": [*BLOCKS, (205.0, -30.0, 215.0, -20.0)]},
    "a house less": {"blocks": BLOCKS[1:]},
    "a house between others": {"blocks": [*BLOCKS[:5], (205.0, -30.0, 215.0, -20.0), *BLOCKS[5:]]},
    "a street more": {"lines": [*LINES, [(60.0, -60.0), (60.0, -20.0)]]},
    "a street far away": {"lines": [*LINES, [(60.0, -800.0), (60.0, -700.0)]]},
    "other ground": {"meadow": (box(0, -40, 300, -5), "use", "industrial")},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_searched_around_it_only(
    change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = layout(**change)
    cold = searched(scene)
    asked = spy(monkeypatch)
    same(noise_changes.refreshed(BASE, scene, places.LEGAL), cold)
    assert asked[0] < 0.6 * len(scene.points) or "meadow" in change


def test_a_street_less_falls_out() -> None:
    names = [f"s{number}" for number in range(15) if number != 3]
    scene = layout([line for number, line in enumerate(LINES) if number != 3], names=names)
    same(noise_changes.refreshed(BASE, scene, places.LEGAL), searched(scene))


@settings(max_examples=10)
@given(
    gone=st.sets(st.integers(0, len(BLOCKS) - 1), max_size=3),
    x=st.integers(0, 1_500), y=st.integers(-60, -10), wide=st.integers(4, 30),
)  # fmt: skip
def test_any_change_of_houses_gives_the_same_bits(
    gone: set[int], x: int, y: int, wide: int
) -> None:
    blocks = [block for number, block in enumerate(BLOCKS) if number not in gone]
    scene = layout(blocks=[*blocks, (float(x), float(y), float(x + wide), float(y + 8))])
    same(noise_changes.refreshed(BASE, scene, places.LEGAL), searched(scene))

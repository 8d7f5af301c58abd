from __future__ import annotations

import numpy as np
import pytest

from tests.twin.energy import rooms
from twin.energy import thermal
from twin.energy.thermal_zone import Window
from twin.energy.zone_arrays import arrays


@pytest.mark.parametrize("model", thermal.MODELS)
def test_equal_walls_in_one_element_are_the_same_room(model: str) -> None:
    windows = tuple(Window(f"{side}", 3.0, 90.0, side, rooms.CLEAR) for side in (0, 90, 180, 270))
    zone = rooms.box(rooms.HEAVY, windows=windows)
    of = rooms.climate(8.0 + 6.0 * np.sin(np.arange(240) / 24.0 * 2.0 * np.pi), sun=1.0)
    one, other = (
        thermal.simulate(made, of, model=model).annual
        for made in (arrays([zone]), rooms.lumped(zone))
    )
    # Not to the last digit: each wall has its own radiation to the others, and windows their own heat.
    assert other["heating"].iloc[0] == pytest.approx(one["heating"].iloc[0], rel=0.02)
    assert other["mean"].iloc[0] == pytest.approx(one["mean"].iloc[0], abs=0.1)


def test_a_room_many_times_is_that_room() -> None:
    one = rooms.lumped(rooms.box())
    of = rooms.climate(np.zeros(48), sun=1.0)
    found = thermal.simulate(rooms.repeated(one, 3), of).annual.reset_index(drop=True)
    alone = thermal.simulate(one, of).annual.reset_index(drop=True)
    for row in range(3):
        assert found.loc[row].equals(alone.loc[0])

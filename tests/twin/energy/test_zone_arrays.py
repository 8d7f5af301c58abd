from __future__ import annotations

import dataclasses as dc
from typing import Any

import numpy as np
import pytest

from layers.errors import InputError
from tests.twin.energy import rooms
from twin.energy import zones
from twin.energy.facade_sun import Shade
from twin.energy.thermal_zone import Panes, Schedule, Surface, Values, Window
from twin.energy.zone_arrays import arrays

WALL = rooms.box().surfaces[0]
WINDOW = rooms.box().windows[0]
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no surfaces": ({"surfaces": ()}, "has no surfaces"),
    "no volume": ({"volume": 0.0}, "volume is not above 0"),
    "no floor": ({"floor_area": float("nan")}, "floor_area is not above 0"),
    "leak below 0": ({"infiltration": -1.0}, "infiltration is -1.0"),
    "altitude": ({"altitude": 20_000.0}, "altitude 20000.0 m is none"),
    "gains": ({"gains_radiative": float("nan")}, "gains_radiative is no number"),
    "area": ({"surfaces": (dc.replace(WALL, area=-3.0),)}, "area -3.0 is not above 0"),
    "tilt": ({"surfaces": (dc.replace(WALL, tilt=200.0),)}, "tilt 200.0 is outside"),
    "azimuth": ({"surfaces": (dc.replace(WALL, azimuth=400.0),)}, "no direction"),
    "border": ({"surfaces": (dc.replace(WALL, outside="sea"),)}, "'sea' is not known"),
    "layers": ({"surfaces": (dc.replace(WALL, layers=()),)}, "has no layers"),
    "a layer": ({"surfaces": (dc.replace(WALL, layers=((0.1, 0.0, 1.0, 1.0),)),)}, "layer 1 is"),
    "absorptance": ({"surfaces": (dc.replace(WALL, absorptance_inside=1.2),)}, "is no share"),
    "mirror": ({"surfaces": (dc.replace(WALL, emissivity_inside=0.0),)}, "emissivity_inside 0.0"),
    "rim": ({"surfaces": (dc.replace(WALL, perimeter=-2.0),)}, "perimeter -2.0 m is none"),
    "sunlit": ({"windows": (dc.replace(WINDOW, sunlit=2.0),)}, "sunlit 2.0 is no share"),
    "u": ({"windows": (dc.replace(WINDOW, glass=Values(9.0, 0.5)),)}, "U-value 9.0 is none"),
    "g": ({"windows": (dc.replace(WINDOW, glass=Values(1.0, 0.0)),)}, "g-value 0.0 is none"),
    "panes": (
        {"windows": (dc.replace(WINDOW, glass=Panes(4, 0.8, 0.1, 0.004, 1.0, 0.01, 0.84)),)},
        "4 panes are not modelled",
    ),
    "light": (
        {"windows": (dc.replace(WINDOW, glass=Panes(2, 0.8, 0.3, 0.004, 1.0, 0.01, 0.84)),)},
        "do not fit",
    ),
    "tilted fins": (
        {"windows": (dc.replace(WINDOW, tilt=30.0, shade=Shade(1.0, 1.0, 0.5)),)},
        "is not upright",
    ),
    "shade": ({"windows": (dc.replace(WINDOW, shade=Shade(1.0, 1.0, -0.5)),)}, "below 0"),
    "hours": ({"schedule": Schedule(heating=(20.0,) * 23)}, "heating has 23 values"),
    "crossed": (
        {"schedule": Schedule(heating=(22.0,) * 24, cooling=(20.0,))},
        "heats to 22.0 and cools to 20.0 in hour 0",
    ),
    "ramp": ({"schedule": Schedule(heating=(20.0,) * 24, ramp=[24])}, "hours that heating"),
    "oven": ({"schedule": Schedule(heating=(200.0,))}, "no room temperature"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_description_is_refused_in_words(kind: str) -> None:
    changes, words = BAD[kind]
    with pytest.raises(InputError) as told:
        arrays([rooms.box(**changes)])
    assert words in str(told.value)
    assert all(fault.advice for fault in told.value.faults)


def test_all_faults_of_all_zones_come_at_once() -> None:
    bad = rooms.box(
        volume=-1.0,
        surfaces=(dc.replace(WALL, area=0.0), dc.replace(WALL, layers=())),
        windows=(dc.replace(WINDOW, glass=Values(0.0, 5.0)),),
        schedule=Schedule(heating=(20.0,) * 5, ventilation=(-1.0,)),
    )
    with pytest.raises(InputError) as told:
        arrays([rooms.box(name="good"), bad, dc.replace(bad, name="other")])
    assert len(told.value.faults) >= 2 * 7
    assert not any("good" in fault.place for fault in told.value.faults)


def test_no_zone_is_refused() -> None:
    with pytest.raises(InputError, match="no zone is described"):
        arrays([])


def test_zones_share_planes_glass_and_profiles() -> None:
    of = arrays([rooms.box(name="a"), rooms.box(name="b", infiltration=1.0)])
    assert len(of) == 2
    assert len(of.planes) == 6
    assert len(of.glazings) == 1
    assert len(of.profiles) == 4
    np.testing.assert_array_equal(of.starts, [0, 7, 14])


def test_all_light_in_a_room_without_windows_is_absorbed_and_windows_let_some_out() -> None:
    sealed, glazed = (arrays([rooms.box(**more)]) for more in ({"windows": ()}, {}))
    assert sealed.absorbs.sum() == pytest.approx(1.0)
    assert 0.9 < glazed.absorbs.sum() < 1.0
    # The floor takes its 0.6 first, and its part of what is thrown back.
    assert sealed.absorbs[5] == pytest.approx(0.6 + 0.4 * 48.0 / 159.6)


def test_borders_become_boundaries() -> None:
    parts = tuple(
        Surface(border, 10.0, 180.0, 0.0, rooms.LIGHT, border)
        for border in ("air", "sheltered", "ground", "neighbour")
    )
    of = arrays([rooms.box(surfaces=parts, windows=())])
    np.testing.assert_array_equal(
        of.boundary, [zones.ROUGH, zones.SHELTERED, zones.GROUND, zones.NEIGHBOUR]
    )
    assert 0.5 < of.film[2] < 20.0
    assert of.capacity[2].sum() > of.capacity[1].sum() + 0.9e6
    np.testing.assert_array_equal(of.long_wave[:, 0], [0.9, 0.9, 0.0, 0.0])
    assert of.film[3] == 0.0
    np.testing.assert_array_equal(np.diff(of.sun_starts), [1, 0, 0, 0])


def test_a_window_by_its_values() -> None:
    of = arrays([rooms.box(windows=(Window("w", 2.0, 90.0, 0.0, Values(1.3, 0.6)),))])
    assert 1.0 / (1.0 / of.conductance[-1]).sum() == pytest.approx(1.0 / (1.0 / 1.3 - 0.17))

"""What a file of ASHRAE 140 cases may hold: every fault at once, and nothing left out in silence.

A key that is not known here would change the building without a word, so it is a fault; only
remarks (text) and keys without a value may stand anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from layers.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

HOURS: Final = 24
LAYER: Final = 4
"""Numbers of a layer: thickness, conductivity, specific heat, density."""

WHOLE: Final = (
    "site", "zone", "surfaces", "constructions", "glazing", "gains", "infiltration", "cases",
)  # fmt: skip
NUMBERS: Final = {
    "site": (("altitude", "ground_reflectance"), ("latitude", "longitude", "time_zone")),
    "zone": (("length_east_west", "width_north_south", "height"), ()),
    "surfaces": (
        (
            "solar_absorptance_outside", "solar_absorptance_inside", "emissivity_outside",
            "emissivity_inside",
        ),
        (),
    ),
    "glazing": (
        (
            "panes", "pane_thickness", "pane_conductivity", "pane_solar_transmittance_normal",
            "pane_solar_reflectance_normal", "emissivity", "gap_air",
        ),
        (),
    ),
    "gains": (("sensible", "radiative_fraction", "convective_fraction"), ()),
    "infiltration": (
        ("air_changes_per_hour_local_density",), ("equivalent_at_sea_level_density",),
    ),
}  # fmt: skip
"""Numbers that each part must have, and may have."""

PARTS: Final = ("wall", "roof", "floor")
AZIMUTHS: Final = (0, 90, 180, 270)
WINDOW: Final = ("azimuth", "width", "height")
WINDOW_PLACE: Final = ("sill", "left")
CASE: Final = (
    "construction", "windows", "heat_setpoint", "cool_setpoint", "heat_ramp_hours", "overhang",
    "fins", "ventilation_sea_level_density",
)  # fmt: skip
OVERHANG: Final = ("depth", "gap_above_window", "overlap_each_side")
FINS: Final = ("depth", "gap_beside_window", "above_window", "below_window")


def check(shared: Any, file: Path | str) -> None:
    """Refuse a file that the runner would misread.

    Parameters
    ----------
    shared
        What its JSON holds.
    file
        Its name, for the message.

    Raises
    ------
    InputError
        With every fault.
    """
    found = list(_whole(shared))
    if found:
        raise InputError.of(file, found)


def _whole(shared: Any) -> Iterable[Fault]:
    if not isinstance(shared, dict):
        yield Fault("", "is not a table of cases.", "See the README beside the cases.")
        return
    yield from _keys("", shared, WHOLE, ())
    for name, (needed, further) in NUMBERS.items():
        part = shared.get(name)
        if isinstance(part, dict):
            yield from _numbers(name, part, needed, further)
    yield from _constructions(shared.get("constructions"))
    cases = shared.get("cases")
    for name, case in (cases if isinstance(cases, dict) else {}).items():
        if isinstance(case, dict):
            yield from _case(f"case {name}", case, shared.get("constructions") or {})
        else:
            yield Fault(f"case {name}", "is not a table.")


def _keys(
    place: str, given: Mapping[str, Any], needed: Sequence[str], further: Sequence[str]
) -> Iterable[Fault]:
    """Keys that are missing, and those that are not known and more than a remark."""
    for key in needed:
        if given.get(key) is None:
            yield Fault(place, f"{key} is missing.")
    for key, value in given.items():
        if key not in (*needed, *further) and value is not None and not isinstance(value, str):
            known = ", ".join([*needed, *further])
            yield Fault(place, f"{key} is not known.", f"Keys: {known}.")


def _numbers(
    place: str, given: Any, needed: Sequence[str], further: Sequence[str] = ()
) -> Iterable[Fault]:
    """Keys of a table of numbers, and values that are none."""
    if not isinstance(given, dict):
        yield Fault(place, "is not a table.")
        return
    yield from _keys(place, given, needed, further)
    for key in (*needed, *further):
        if given.get(key) is not None and not _number(given[key]):
            yield Fault(place, f"{key} is not a number.")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _constructions(given: Any) -> Iterable[Fault]:
    for name, built in (given if isinstance(given, dict) else {}).items():
        if isinstance(built, str):
            continue
        place = f"construction {name}"
        if not isinstance(built, dict):
            yield Fault(place, "is not a table.")
            continue
        yield from _keys(place, built, PARTS, ())
        for part in PARTS:
            rows = built.get(part) or []
            if any(len(row) != LAYER or not all(map(_number, row)) for row in rows):
                yield Fault(place, f"a layer of {part} has not {LAYER} numbers.")


def _case(place: str, case: Mapping[str, Any], constructions: Mapping[str, Any]) -> Iterable[Fault]:
    yield from _keys(place, case, CASE[:1], CASE[1:])
    built = case.get("construction")
    if built is not None and not isinstance(constructions.get(built), dict):
        yield Fault(place, f"construction {built} is not known.")
    windows = case.get("windows") or []
    for number, window in enumerate(windows):
        where = f"{place}, window {number + 1}"
        yield from _numbers(where, window, WINDOW, WINDOW_PLACE)
        if isinstance(window, dict) and window.get("azimuth") not in AZIMUTHS:
            yield Fault(where, "azimuth is none of 0, 90, 180, 270.")
    for name in ("heat_setpoint", "cool_setpoint", "ventilation_sea_level_density"):
        yield from _profile(place, name, case.get(name))
    hours = case.get("heat_ramp_hours")
    if hours is not None and not _hours(hours):
        yield Fault(place, "heat_ramp_hours is no list of hours from 0 to 23.")
    for name, keys in (("overhang", OVERHANG), ("fins", FINS)):
        if case.get(name) is not None:
            yield from _numbers(f"{place}, {name}", case[name], keys)


def _profile(place: str, name: str, values: Any) -> Iterable[Fault]:
    """A profile has a number for each hour of the day; set-points may be off."""
    if values is None:
        return
    off = name.endswith("setpoint")
    good = isinstance(values, list) and len(values) == HOURS
    if not good or not all(_number(one) or (off and one is None) for one in values):
        yield Fault(place, f"{name} has not {HOURS} numbers.")


def _hours(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(one, int) and 0 <= one < HOURS for one in values
    )

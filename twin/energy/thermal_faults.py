"""Everything that is wrong with a described zone, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from layers.errors import Fault
from twin.energy.thermal_zone import Values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from twin.energy.thermal_zone import Panes, Schedule, Surface, Window, Zone

NOTHING: Final = Fault("", "no zone is described.", "Give at least one.")
PERIODS: Final = (1, 24, 168, 8760, 8784)
BORDERS: Final = ("air", "sheltered", "ground", "neighbour")
UPRIGHT: Final = 90.0


def of_zone(zone: Zone) -> list[Fault]:
    """All faults of one zone."""
    found = list(_zone(zone))
    for surface in zone.surfaces:
        found += _surface(f"{zone.name}, surface {surface.name}", surface)
    for window in zone.windows:
        found += _window(f"{zone.name}, window {window.name}", window)
    found += _schedule(f"{zone.name}, schedule", zone.schedule)
    return found


def _zone(zone: Zone) -> Iterable[Fault]:
    if not zone.surfaces:
        yield Fault(zone.name, "has no surfaces.", "Describe walls, roof and floor.")
    for what in ("volume", "floor_area"):
        if not getattr(zone, what) > 0.0:
            yield Fault(zone.name, f"{what} is not above 0.", "Measure it inside.")
    for what in ("infiltration", "infiltration_sea_level", "ventilation", "ventilation_sea_level"):
        value = getattr(zone, what)
        if value is not None and not 0.0 <= value < float("inf"):
            yield Fault(zone.name, f"{what} is {value}.", "Give 0 or more.")
    for what in ("gains_convective", "gains_radiative"):
        if not abs(getattr(zone, what)) < float("inf"):
            yield Fault(zone.name, f"{what} is no number.", "Give watts.")
    if not -500.0 <= zone.altitude <= 9000.0:  # noqa: PLR2004 - the surface of the earth
        yield Fault(zone.name, f"altitude {zone.altitude} m is none.", "Give metres above the sea.")


def _direction(place: str, part: Surface | Window) -> Iterable[Fault]:
    if not part.area > 0.0 or part.area == float("inf"):
        yield Fault(place, f"area {part.area} is not above 0.", "Leave it out or measure it.")
    if not 0.0 <= part.tilt <= 180.0:  # noqa: PLR2004 - face down
        yield Fault(place, f"tilt {part.tilt} is outside 0 to 180.", "0 faces up, 90 is a wall.")
    if not -360.0 <= part.azimuth <= 360.0:  # noqa: PLR2004 - a full turn
        yield Fault(
            place, f"azimuth {part.azimuth} is no direction.", "Count from north over east."
        )
    if not 0.0 <= part.sunlit <= 1.0:
        yield Fault(place, f"sunlit {part.sunlit} is no share.", "Give 0 to 1.")


def _surface(place: str, surface: Surface) -> Iterable[Fault]:
    yield from _direction(place, surface)
    if surface.outside not in BORDERS:
        yield Fault(place, f"outside {surface.outside!r} is not known.",
                    f"It is one of {', '.join(BORDERS)}.")  # fmt: skip
    if not surface.layers:
        yield Fault(place, "has no layers.", "Give them from outside to inside.")
    for number, layer in enumerate(surface.layers, 1):
        solid = len(layer) == 4 and layer[0] > 0.0 and layer[1] > 0.0  # noqa: PLR2004 - thickness, conductivity, heat, density
        if not solid or min(layer[2:]) < 0.0 or not sum(layer) < float("inf"):
            yield Fault(place, f"layer {number} is {tuple(layer)}.",
                        "Give thickness and conductivity above 0, specific heat and density.")  # fmt: skip
    for what in ("absorptance_outside", "absorptance_inside", "emissivity_outside"):
        yield from _share(place, what, getattr(surface, what))
    if surface.perimeter is not None and not 0.0 < surface.perimeter < float("inf"):
        yield Fault(
            place, f"perimeter {surface.perimeter} m is none.", "Give metres or leave it out."
        )
    if not 0.0 < surface.emissivity_inside <= 1.0:
        yield Fault(place, f"emissivity_inside {surface.emissivity_inside} is none.",
                    "Give above 0 to 1; most materials have 0.9.")  # fmt: skip


def _share(place: str, what: str, value: float) -> Iterable[Fault]:
    if not 0.0 <= value <= 1.0:
        yield Fault(place, f"{what} {value} is no share.", "Give 0 to 1.")


def _window(place: str, window: Window) -> Iterable[Fault]:
    yield from _direction(place, window)
    yield from _glass(place, window.glass)
    if window.shade is None:
        return
    if window.tilt != UPRIGHT:
        yield Fault(place, "has overhang or fins but is not upright.", "Leave them out.")
    lengths = vars(window.shade)
    bad = [name for name, value in lengths.items() if not 0.0 <= value < float("inf")]
    if bad:
        yield Fault(place, f"{', '.join(bad)} of the shade below 0.", "Give metres.")
    if not window.shade.width * window.shade.height > 0.0:
        yield Fault(place, "has a shade but no width or height.", "Measure the opening.")


def _glass(place: str, glass: Panes | Values) -> Iterable[Fault]:
    if not 0.0 < glass.emissivity <= 1.0:
        yield Fault(place, f"emissivity {glass.emissivity} is none.", "Clear glass has 0.84.")
    if isinstance(glass, Values):
        if not 0.0 < glass.u_value < 7.0:  # noqa: PLR2004 - above that of a bare pane
            yield Fault(place, f"U-value {glass.u_value} is none.", "Give W/m2K below 7.")
        if not 0.0 < glass.g_value <= 0.9:  # noqa: PLR2004 - no glass lets more through
            yield Fault(place, f"g-value {glass.g_value} is none.", "Give above 0 to 0.9.")
        return
    if glass.count not in (1, 2):
        yield Fault(place, f"{glass.count} panes are not modelled.", "Give U-value and g-value.")
    through, back = glass.transmittance, glass.reflectance
    if not (0.0 < through < 1.0 and 0.0 < back < 1.0 - through):
        yield Fault(place, f"transmittance {through} and reflectance {back} of a pane do not fit.",
                    "Both are above 0 and together below 1.")  # fmt: skip
    if not min(glass.thickness, glass.conductivity) > 0.0 or (
        glass.count > 1 and not glass.gap > 0.0
    ):
        yield Fault(
            place, "thickness, conductivity or gap is not above 0.", "Give metres and W/mK."
        )


def _schedule(place: str, of: Schedule) -> Iterable[Fault]:
    for what in ("heating", "cooling", "ventilation", "gains", "infiltration"):
        row = getattr(of, what)
        if row is not None and len(row) not in PERIODS:
            yield Fault(place, f"{what} has {len(row)} values.", "Give 1, 24, 168 or all hours.")
    for what in ("ventilation", "infiltration"):
        if any(not 0.0 <= value < float("inf") for value in getattr(of, what)):
            yield Fault(place, f"{what} has values below 0.", "Give shares of the full value.")
    yield from _set_points(place, of)
    length = len(of.heating or ())
    if any(not 0 <= hour < length for hour in of.ramp):
        yield Fault(place, "ramp names hours that heating does not have.", "Count hours from 0.")


def _set_points(place: str, of: Schedule) -> Iterable[Fault]:
    heating, cooling = of.heating or (), of.cooling or ()
    for what, row in (("heating", heating), ("cooling", cooling)):
        if any(value is not None and not -50.0 <= value <= 60.0 for value in row):  # noqa: PLR2004 - what people ask for
            yield Fault(place, f"{what} set-point is no room temperature.", "Give degC.")
    if not heating or not cooling:
        return
    for hour in range(max(len(heating), len(cooling))):
        low, high = _at(heating, hour), _at(cooling, hour)
        if low is not None and high is not None and low > high:
            yield Fault(place, f"heats to {low} and cools to {high} in hour {hour}.",
                        "Set cooling above heating.")  # fmt: skip
            return


def _at(row: Sequence[float | None], hour: int) -> float | None:
    return row[hour % len(row)]

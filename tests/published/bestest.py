"""ASHRAE 140 thermal fabric cases: ``python -m tests.published.bestest CASES RANGES WEATHER``.

CASES is a JSON file of cases, RANGES a CSV of what reference programs found (columns case,
quantity, min, max and, for annual loads, limits of acceptance), WEATHER the EPW file that belongs
to them. Prints case, quantity, value, range, acceptance and whether both hold. The exit code is 1
if a value lies outside its limits of acceptance, 2 if a case cannot be run.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from layers import weather as readers
from layers.errors import InputError
from tests.published import bestest_schema
from twin.energy import facade_sun, thermal, zones
from twin.energy.facade_sun import Plane, Shade
from twin.energy.surface_heat import KELVIN, STEFAN_BOLTZMANN
from twin.energy.thermal_zone import Panes, Schedule, Surface, Window, Zone
from twin.energy.zone_arrays import arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.energy.zones import Weather

LOWER: Final = "accept_lo_140_2023b"
UPPER: Final = "accept_hi_140_2023b"
SIDES: Final = {0: "north", 90: "east", 180: "south", 270: "west"}
INCIDENT: Final = {"NORTH": (90.0, 0.0), "EAST": (90.0, 90.0), "SOUTH": (90.0, 180.0),
                   "WEST": (90.0, 270.0), "HORZ": (0.0, 0.0)}  # fmt: skip
QUANTITIES: Final = {
    "annual_heating_MWh": ("heating", 1e-3),
    "annual_cooling_MWh": ("cooling", 1e-3),
    "peak_heating_kW": ("heating_peak", 1.0),
    "peak_cooling_kW": ("cooling_peak", 1.0),
    "Tmin_C": ("coldest", 1.0),
    "Tmax_C": ("warmest", 1.0),
    "Tmean_C": ("mean", 1.0),
}


@dataclass(frozen=True)
class Checked:
    """One value beside its range.

    Parameters
    ----------
    case, quantity
        What it is.
    value, low, high
        Ours; the least and greatest of the programs.
    lower, upper
        Limits of acceptance; not a number where there are none.
    in_range, accepted
        Whether it lies inside; None where there are no limits.
    """

    case: str
    quantity: str
    value: float
    low: float
    high: float
    lower: float
    upper: float
    in_range: bool
    accepted: bool | None


def zone(name: str, given: dict[str, Any], shared: dict[str, Any]) -> Zone:
    """One case as a zone."""
    site, room = shared["site"], shared["zone"]
    length, width, height = room["length_east_west"], room["width_north_south"], room["height"]
    built = shared["constructions"][given["construction"]]
    gains, leak = shared["gains"], shared["infiltration"]
    windows = tuple(_window(number, window, given, shared)
                    for number, window in enumerate(given.get("windows") or []))  # fmt: skip
    areas = {side: (width if side in (90, 270) else length) * height for side in SIDES}
    for window in given.get("windows") or []:
        areas[window["azimuth"]] -= window["width"] * window["height"]
    skin = {
        "absorptance_outside": shared["surfaces"]["solar_absorptance_outside"],
        "absorptance_inside": shared["surfaces"]["solar_absorptance_inside"],
        "emissivity_outside": shared["surfaces"]["emissivity_outside"],
        "emissivity_inside": shared["surfaces"]["emissivity_inside"],
    }
    walls = [
        Surface(SIDES[side], area, 90.0, side, _layers(built["wall"]), **skin)
        for side, area in areas.items()
    ]
    roof = Surface("roof", length * width, 0.0, 0.0, _layers(built["roof"]), **skin)
    floor = Surface(
        "floor", length * width, 180.0, 0.0, _layers(built["floor"]), outside="sheltered", **skin
    )
    sensible = gains["sensible"]
    flows = given.get("ventilation_sea_level_density") or [0.0]
    full = max(flows)
    return Zone(
        name=name,
        volume=length * width * height,
        floor_area=length * width,
        surfaces=(*walls, roof, floor),
        windows=windows,
        altitude=site["altitude"],
        infiltration=leak["air_changes_per_hour_local_density"],
        infiltration_sea_level=leak.get("equivalent_at_sea_level_density"),
        ventilation_sea_level=full,
        gains_convective=sensible * gains["convective_fraction"],
        gains_radiative=sensible * gains["radiative_fraction"],
        schedule=Schedule(
            heating=given.get("heat_setpoint"),
            cooling=given.get("cool_setpoint"),
            ramp=given.get("heat_ramp_hours") or (),
            ventilation=[flow / full if full else 0.0 for flow in flows],
        ),
    )


def _layers(rows: list[list[float]]) -> tuple[tuple[float, float, float, float], ...]:
    """Layers from outside; one without mass is a resistance."""
    return tuple((row[0], row[1], row[2], row[3]) for row in rows)


def _window(
    number: int, window: dict[str, Any], given: dict[str, Any], shared: dict[str, Any]
) -> Window:
    glass = shared["glazing"]
    panes = Panes(
        count=glass["panes"],
        transmittance=glass["pane_solar_transmittance_normal"],
        reflectance=glass["pane_solar_reflectance_normal"],
        thickness=glass["pane_thickness"],
        conductivity=glass["pane_conductivity"],
        gap=glass["gap_air"],
        emissivity=glass["emissivity"],
    )
    area = window["width"] * window["height"]
    return Window(f"{number}", area, 90.0, window["azimuth"], panes, _shade(window, given))


def _shade(window: dict[str, Any], given: dict[str, Any]) -> Shade | None:
    over = given.get("overhang") or {}
    fins = given.get("fins") or {}
    if not over and not fins:
        return None
    return Shade(
        width=window["width"],
        height=window["height"],
        overhang_depth=over.get("depth", 0.0),
        overhang_gap=over.get("gap_above_window", 0.0),
        overhang_left=over.get("overlap_each_side", 0.0),
        overhang_right=over.get("overlap_each_side", 0.0),
        fin_depth=fins.get("depth", 0.0),
        fin_gap=fins.get("gap_beside_window", 0.0),
        fin_above=fins.get("above_window", 0.0),
        fin_below=fins.get("below_window", 0.0),
    )


def values(
    shared: dict[str, Any], year: Weather, model: str = thermal.ISO_52016
) -> dict[tuple[str, str], float]:
    """All quantities of all cases, and those of sun and sky, by case and quantity."""
    names = list(shared["cases"])
    built = arrays([zone(name, shared["cases"][name], shared) for name in names])
    albedo = shared["site"]["ground_reflectance"]
    ran = thermal.simulate(built, year, model=model, albedo=albedo)
    found = {
        (name, quantity): float(ran.annual.loc[name, column]) * scale
        for name in names
        for quantity, (column, scale) in QUANTITIES.items()
    }
    sky = (year.sky / STEFAN_BOLTZMANN) ** 0.25 - KELVIN
    for name in names:
        found[name, "Tsky_mean_C"] = float(sky.mean())
        found[name, "Tsky_min_C"] = float(sky.min())
        found[name, "Tsky_max_C"] = float(sky.max())
    return found | _light(built, year, albedo, shared)


def _light(
    built: zones.Zones, year: Weather, albedo: float, shared: dict[str, Any]
) -> dict[tuple[str, str], float]:
    planes = [Plane(tilt, azimuth) for tilt, azimuth in INCIDENT.values()]
    sums = facade_sun.table(planes, (), year.sun, albedo)[:, :: facade_sun.COLUMNS].sum(axis=0)
    quantity = "annual_solar_kWh_m2"
    found = {
        (f"incident_{name}", quantity): float(total) / 1e3
        for name, total in zip(INCIDENT, sums, strict=True)
    }
    through = thermal.sun_table(built, year, albedo)[
        :, facade_sun.COLUMNS - 1 :: facade_sun.COLUMNS
    ]
    totals = through.sum(axis=0) / 1e3
    for number, name in enumerate(shared["cases"]):
        for element in range(built.starts[number], built.starts[number + 1]):
            if built.glass[element]:
                plane = int(built.sun_plane[built.sun_starts[element]])
                side = SIDES[int(built.planes[plane].azimuth)].title()
                found[f"transmitted_{name}/{side}", quantity] = float(totals[plane])
    return found


def compared(found: dict[tuple[str, str], float], ranges: pd.DataFrame) -> list[Checked]:
    """Each row of the ranges beside our value; rows of cases that were not run are left out."""
    rows = []
    for row in ranges.to_dict("records"):
        key = str(row["case"]), str(row["quantity"])
        if key not in found:
            continue
        value, low, high = found[key], float(row["min"]), float(row["max"])
        lower, upper = float(row.get(LOWER, np.nan)), float(row.get(UPPER, np.nan))
        accepted = None if np.isnan(lower) or np.isnan(upper) else lower <= value <= upper
        rows.append(Checked(*key, value, low, high, lower, upper, low <= value <= high, accepted))
    return rows


def show(rows: Sequence[Checked]) -> None:
    """Print a table and what it comes to."""
    table = Table("case", "quantity", "value", "range", "acceptance", "holds")
    for row in rows:
        limits = "" if row.accepted is None else f"{row.lower:g} to {row.upper:g}"
        holds = "yes" if row.in_range else "outside the range"
        if row.accepted is not None:
            holds += ", accepted" if row.accepted else ", NOT ACCEPTED"
        table.add_row(
            row.case,
            row.quantity,
            f"{row.value:.3f}",
            f"{row.low:g} to {row.high:g}",
            limits,
            holds,
        )
    Console(width=140 if not sys.stdout.isatty() else None).print(table)
    judged = [row.accepted for row in rows if row.accepted is not None]
    print(
        f"{sum(row.in_range for row in rows)} of {len(rows)} values inside the range of the programs"
    )
    print(f"{sum(judged)} of {len(judged)} annual loads inside the limits of acceptance")


def read(cases: Path) -> dict[str, Any]:
    """Read a file of cases.

    Raises
    ------
    InputError
        If it cannot be read, or holds what the runner does not know.
    """
    try:
        shared = json.loads(cases.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(cases, "", f"cannot be read: {error}.", "Give a JSON file.") from error
    bestest_schema.check(shared, cases)
    return dict(shared)


def ranges_of(file: Path) -> pd.DataFrame:
    """Read a table of ranges.

    Raises
    ------
    InputError
        If it cannot be read, or columns are missing.
    """
    try:
        table = pd.read_csv(file, dtype={"case": str}, comment="#")
    except (OSError, ValueError) as error:
        raise InputError(file, "", f"cannot be read: {error}.", "Give a CSV file.") from error
    missing = [name for name in ("case", "quantity", "min", "max") if name not in table]
    if missing:
        raise InputError(file, "columns", f"{', '.join(missing)} missing.", "Add them.")
    return table


def run(cases: Path, ranges: Path, weather: Path, model: str = thermal.ISO_52016) -> list[Checked]:
    """Read, work out and compare."""
    shared = read(cases)
    year = zones.weather(readers.read(weather).dataset)
    return compared(values(shared, year, model), ranges_of(ranges))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases of a file."""
    parser = argparse.ArgumentParser(prog="python -m tests.published.bestest", description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("ranges", type=Path)
    parser.add_argument("weather", type=Path)
    parser.add_argument("--model", choices=thermal.MODELS, default=thermal.ISO_52016)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows")
    given = parser.parse_args(arguments)
    try:
        rows = run(given.cases, given.ranges, given.weather, given.model)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    show(rows)
    known = {row.case for row in rows}
    missing = [name for name in ranges_of(given.ranges)["case"].unique() if name not in known]
    if missing:
        print(f"not run, as {given.cases.name} has none of them: {', '.join(map(str, missing))}")
    if given.json:
        told = [{k: None if v != v else v for k, v in asdict(row).items()} for row in rows]  # noqa: PLR0124 - not a number
        given.json.write_text(json.dumps(told, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return 1 if any(row.accepted is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())

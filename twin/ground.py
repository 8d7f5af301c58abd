"""What follows from a City's grid: slopes of its streets, measured heights of its buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from layers import tables
from layers.rasters import Frame
from twin import arrays
from twin.complete import roofs, slope
from twin.records import with_drops
from twin.renewal import completed_anew

if TYPE_CHECKING:
    import xarray as xr

    from twin.city import City

UNBELIEVED: Final = "height in the surface model is not that of a building"
UNMEASURED: Final = "too few cells of the surface model to measure a height"


def derived(city: City) -> City:
    """City with everything that follows from its grid worked out anew; without one, as it is.

    With ground heights, streets get `slope.COLUMNS` and junctions ``elevation``; with surface
    heights too, buildings whose height no register and no tag says get the measured one.

    Parameters
    ----------
    city
        The City with its grid.
    """
    grid = city.grid
    if "elevation" not in grid:
        return city
    known = _sloped(city)
    return _measured(known) if "surface" in grid else known


def frame_of(grid: xr.Dataset) -> Frame:
    """Cells of a City's grid."""
    x, y = grid["x"].to_numpy(), grid["y"].to_numpy()
    side = float(x[1] - x[0]) if len(x) > 1 else float(y[0] - y[1])
    west, north = float(x[0]) - side / 2, float(y[0]) + side / 2
    return Frame(str(grid.attrs[arrays.CRS]), west, north, side, len(y), len(x))


def lines(city: City) -> list[str]:
    """What the grid gave to the City, in words."""
    if not city.grid.variables:
        return []
    frame, streets, houses = frame_of(city.grid), city.streets, city.buildings
    names = ", ".join(str(name) for name in city.grid.data_vars)
    words = [f"Grid of {frame.columns} x {frame.rows} cells of {frame.cell:g} m: {names}."]
    if "grade" in streets:
        known = streets["grade"].dropna().abs()
        words.append(
            f"Slopes of {len(known):,} of {len(streets):,} streets, median {known.median():.1%}."
        )
    measured = int(houses["height_source"].eq(roofs.GRADE).sum())
    if measured:
        words.append(f"Heights of {measured:,} of {len(houses):,} buildings measured.")
    return words


def _sloped(city: City) -> City:
    """City whose streets carry slopes and whose junctions carry heights."""
    grid, figures = city.grid, tables.figures("relief", "twin.data")
    streets, junctions = slope.graded(
        city.streets,
        city.junctions,
        grid["elevation"].to_numpy().astype(float),
        grid["x"].to_numpy(),
        grid["y"].to_numpy(),
        figures["slope.step"],
    )
    return city.replace(streets=streets, junctions=junctions)


def _measured(city: City) -> City:
    """City whose buildings have measured heights, if both ground and surface are known."""
    grid, figures = city.grid, tables.figures("relief", "twin.data")
    above = (grid["surface"] - grid["elevation"]).to_numpy()
    houses = city.buildings
    measured = roofs.measure(houses, above, frame_of(grid).transform, figures)
    houses, unbelieved = roofs.applied(houses, measured, figures)
    bare = measured["cells"].gt(0) & measured["height"].isna()
    losses = {UNBELIEVED: houses.index[unbelieved], UNMEASURED: houses.index[bare]}
    return completed_anew(with_drops(city, "buildings", losses), houses)

"""Planes of roofs from a measured surface: cells that lean the same way make a plane.

Every cell of a footprint, but for those at its rim, has the slope that the surface has there (from
the neighbours on both sides). Cells are sorted by the direction that they face; the directions that
most cells of a roof share become its planes, one after the other, each with the mean slope of its
cells; flat cells are a plane of their own. What is left over, chimneys and edges, is shared out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from rasterio.features import rasterize

from twin.energy.roofs import Planes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray
    from rasterio.transform import Affine

    Floats = NDArray[np.float64]

MEASURED: Final = "dsm"
FACES: Final = 24
"""Directions that sloping cells are sorted into, 15 degrees each; one more for flat ones."""

PLANES: Final = 6
"""Planes of a roof at most."""


def of_surface(
    buildings: gpd.GeoDataFrame,
    surface: NDArray[np.float32],
    transform: Affine,
    usual: Planes,
    figures: Mapping[str, float],
) -> Planes:
    """Planes of roofs, measured where enough of the roof is seen, else as usual.

    Parameters
    ----------
    buildings
        Footprints that the usual planes number, in the CRS of the surface.
    surface : (rows, columns) [m]
        Height of the first surface; NaN where unknown.
    transform
        Column and row to coordinates.
    usual
        Of `roofs.by_typology`; it also tells what share of a plane can carry modules, and how
        modules stand on flat roofs.
    figures
        ``sun.csv``.
    """
    cells = _cells(buildings, surface, transform, figures)
    found = _planes(cells, figures)
    if found.empty:
        return usual
    footprint = buildings.geometry.area.to_numpy()
    return _joined(found, footprint, usual, figures)


def _cells(
    buildings: gpd.GeoDataFrame,
    surface: NDArray[np.float32],
    transform: Affine,
    figures: Mapping[str, float],
) -> pd.DataFrame:
    """Cells of roofs: building, rise to the east and to the north [1]; steep ones are left out."""
    side = float(transform.a)
    inner = shapely.buffer(buildings.geometry.to_numpy(), -figures["surface.rim"] * side)
    shapes = [(shape, number + 1) for number, shape in enumerate(inner) if not shape.is_empty]
    none = pd.DataFrame({"building": np.zeros(0, np.int64), "east": [], "north": []})
    if not shapes or min(surface.shape) <= 1:
        return none
    owner = rasterize(shapes, out_shape=surface.shape, transform=transform, dtype="int32")
    down, right = (np.asarray(one) for one in np.gradient(surface.astype(np.float64), side))
    steep = np.hypot(down, right)
    kept = (owner > 0) & (steep <= np.tan(np.radians(figures["surface.steepest"])))
    return pd.DataFrame(
        {"building": owner[kept].astype(np.int64) - 1, "east": right[kept], "north": -down[kept]}
    )


def _planes(cells: pd.DataFrame, figures: Mapping[str, float]) -> pd.DataFrame:
    """Planes of each roof with enough cells: building, east, north (rise), cells, share of cells."""
    count = cells.groupby("building")["east"].transform("size")
    left = cells[count >= figures["surface.least_cells"]].copy()
    tilt = np.degrees(np.arctan(np.hypot(left["east"], left["north"])))
    # A plane that rises to the north faces south.
    face = np.degrees(np.arctan2(-left["east"], -left["north"])) % 360.0
    level = tilt <= figures["surface.flattest"]
    left["face"] = np.where(level, FACES, np.rint(face / 360.0 * FACES).astype(np.int64) % FACES)
    whole = left.groupby("building").size()
    taken = []
    for _ in range(PLANES):
        best = _fullest(left)
        if best.empty:
            break
        mine = left["building"].map(best)
        turn = (left["face"] - mine + FACES // 2) % FACES - FACES // 2
        near = np.where(mine == FACES, left["face"] == FACES, turn.abs() <= 1) & mine.notna()
        near &= (left["face"] == FACES) == (mine == FACES)
        plane = left[near].groupby("building").agg(east=("east", "mean"), north=("north", "mean"), cells=("east", "size"))  # fmt: skip
        taken.append(plane)
        left = left[~near]
    if not taken:
        return pd.DataFrame()
    found = pd.concat(taken).reset_index()
    found = found[found["cells"] >= figures["surface.least_share"] * found["building"].map(whole)]
    sums = found.groupby("building")["cells"].transform("sum")
    return found.assign(share=found["cells"] / sums).sort_values("building", kind="stable")


def _fullest(left: pd.DataFrame) -> pd.Series:
    """Direction of each building, with its two neighbours, that most cells face."""
    if left.empty:
        return pd.Series(dtype="float64")
    number, owners = pd.factorize(left["building"])
    counts = np.zeros((len(owners), FACES + 1), dtype=np.int64)
    np.add.at(counts, (number, left["face"].to_numpy()), 1)
    around = counts[:, :FACES]
    around = around + np.roll(around, 1, axis=1) + np.roll(around, -1, axis=1)
    # Of directions that tie, the one that holds most cells itself.
    score = np.column_stack([around, counts[:, FACES]]) * (len(left) + 1) + counts
    return pd.Series(score.argmax(axis=1), index=owners)


def _joined(
    found: pd.DataFrame, footprint: Floats, usual: Planes, figures: Mapping[str, float]
) -> Planes:
    """Measured planes, and the usual ones of roofs that were not measured, by building."""
    building = found["building"].to_numpy(np.int64)
    rise = np.hypot(found["east"], found["north"]).to_numpy()
    tilt = np.degrees(np.arctan(rise))
    flat = tilt <= figures["surface.flattest"]
    azimuth = np.degrees(np.arctan2(-found["east"], -found["north"])).to_numpy() % 360.0
    area = footprint[building] * found["share"].to_numpy() / np.cos(np.radians(tilt))
    share = np.where(flat, figures["surface.usable_flat"], figures["surface.usable_pitched"])
    equator = usual.equator
    rest = ~np.isin(usual.building, building)
    order = np.argsort(np.concatenate([building, usual.building[rest]]), kind="stable")

    def both(own: Floats, theirs: Floats) -> Floats:
        return np.concatenate([own, theirs[rest]])[order]

    return Planes(
        building=np.concatenate([building, usual.building[rest]])[order],
        tilt=both(tilt, usual.tilt),
        azimuth=both(azimuth, usual.azimuth),
        area=both(area, usual.area),
        usable=both(area * share, usual.usable),
        module_tilt=both(np.where(flat, figures["pv.rack_tilt"], tilt), usual.module_tilt),
        module_azimuth=both(np.where(flat, equator, azimuth), usual.module_azimuth),
        source=np.concatenate([np.full(len(building), MEASURED, dtype=object), usual.source[rest]])[
            order
        ],
        equator=equator,
    )

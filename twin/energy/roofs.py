"""Planes of roofs: how large, how steep, which way they face, how much of them carries modules.

Where the surface of a roof was not measured, its form is that of its tag, else that which houses
of its use usually have, with the ridge along the longer side; tilts and usable shares are assumed
and have ranges (roof_forms.csv).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FLAT: Final = "flat"
PITCHED: Final = "gabled"
TAGGED: Final = "osm"
ASSUMED: Final = "typology"
CORNERS: Final = 5
"""Points of the outline of a rectangle."""


@dataclass(frozen=True)
class RoofParameters:
    """What roofs are like.

    Parameters
    ----------
    forms
        Planes of each form: form, turn [deg], share of the footprint [1], tilt and tilt of the
        modules [deg], usable share [1].
    tags, uses
        Form by the tag roof:shape, and by use.
    flat_footprint
        Footprint from which a roof counts as flat [m2].
    """

    forms: pd.DataFrame
    tags: Mapping[str, str]
    uses: Mapping[str, str]
    flat_footprint: float


@dataclass(frozen=True)
class Planes:
    """Planes of the roofs of n buildings, one row each.

    Parameters
    ----------
    building : (r,) int64
        Number of the building.
    tilt, azimuth : (r,) [deg]
        0 lies flat; clockwise from north.
    area : (r,) [m2]
        Along the slope.
    usable : (r,) [m2]
        Part that can carry modules.
    module_tilt, module_azimuth : (r,) [deg]
        How modules on it stand.
    source : (r,) str
        Grade of grades.csv: osm, typology or dsm.
    equator
        Azimuth of the equator, which modules on flat roofs face [deg].
    """

    building: NDArray[np.int64]
    tilt: Floats
    azimuth: Floats
    area: Floats
    usable: Floats
    module_tilt: Floats
    module_azimuth: Floats
    source: NDArray[np.object_]
    equator: float

    def __len__(self) -> int:
        return len(self.building)


def roof_parameters() -> RoofParameters:
    """Load the tables of roofs."""
    shapes = tables.load("roof_shapes")
    by_kind = {str(kind): dict(zip(rows["value"], rows["form"], strict=True))
               for kind, rows in shapes.groupby("kind")}  # fmt: skip
    return RoofParameters(
        forms=tables.load("roof_forms"),
        tags=by_kind["tag"],
        uses=by_kind["use"],
        flat_footprint=tables.figures("sun")["roof.flat_footprint"],
    )


def forms(buildings: pd.DataFrame, parameters: RoofParameters) -> pd.DataFrame:
    """Form of each roof, and where it is from.

    Parameters
    ----------
    buildings
        Columns use, footprint [m2], and roof_shape where it is tagged.
    parameters
        Of `roof_parameters`.

    Returns
    -------
    pandas.DataFrame
        Index of the buildings; columns form, source (grades.csv).
    """
    usual = buildings["use"].map(parameters.uses).fillna(FLAT)
    usual = usual.mask(buildings["footprint"] >= parameters.flat_footprint, FLAT)
    tagged = pd.Series(np.nan, buildings.index, dtype="object")
    if "roof_shape" in buildings:
        tagged = buildings["roof_shape"].map(parameters.tags)
    source = np.where(tagged.notna(), TAGGED, ASSUMED)
    return pd.DataFrame({"form": tagged.fillna(usual), "source": source}, index=buildings.index)


def by_typology(buildings: gpd.GeoDataFrame, latitude: float, parameters: RoofParameters) -> Planes:
    """Planes of roofs that were not measured.

    Parameters
    ----------
    buildings
        Table with geometry in a metric CRS; use, footprint [m2], roof_shape.
    latitude
        Of the place [deg]: modules on flat roofs, and single planes, face the equator.
    parameters
        Of `roof_parameters`.
    """
    found = forms(buildings, parameters)
    face = _faces(buildings.geometry.to_numpy())
    equator = 180.0 if latitude >= 0.0 else 0.0
    single = (found["form"] == "skillion").to_numpy()
    toward = np.cos(np.radians(face - equator)) >= 0.0
    face = np.where(single & ~toward, face + 180.0, face)
    rows = pd.DataFrame({
        "building": np.arange(len(found)), "form": found["form"].to_numpy(), "face": face,
        "footprint": buildings["footprint"].to_numpy(np.float64), "source": found["source"].to_numpy(),
    }).merge(parameters.forms.drop(columns="source"), on="form")  # fmt: skip
    rows = rows.sort_values(["building", "plane"], kind="stable")
    area = rows["footprint"] * rows["share"] / np.cos(np.radians(rows["tilt"]))
    azimuth = (rows["face"] + rows["turn"]) % 360.0
    racked = rows["module_tilt"].notna()
    return Planes(
        building=rows["building"].to_numpy(np.int64),
        tilt=rows["tilt"].to_numpy(np.float64),
        azimuth=azimuth.to_numpy(np.float64),
        area=area.to_numpy(np.float64),
        usable=(area * rows["usable"]).to_numpy(np.float64),
        module_tilt=rows["module_tilt"].fillna(rows["tilt"]).to_numpy(np.float64),
        module_azimuth=azimuth.mask(racked, equator).to_numpy(np.float64),
        source=rows["source"].to_numpy(object),
        equator=equator,
    )


def _faces(footprints: NDArray[np.object_]) -> Floats:
    """Direction that one of the long sides of each footprint faces, clockwise from north [deg]."""
    around = shapely.oriented_envelope(footprints)
    points, owner = shapely.get_coordinates(around, return_index=True)
    found = np.zeros(len(footprints))
    counts = np.bincount(owner, minlength=len(footprints))
    whole = np.flatnonzero(counts == CORNERS)
    first = np.searchsorted(owner, whole)
    one, other = points[first + 1] - points[first], points[first + 2] - points[first + 1]
    longer = np.hypot(*one.T) >= np.hypot(*other.T)
    along = np.where(longer[:, None], one, other)
    found[whole] = (np.degrees(np.arctan2(along[:, 0], along[:, 1])) + 90.0) % 180.0
    return found

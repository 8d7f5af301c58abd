"""Which cabinet feeds which street lamp of a City, from the power table and the town's own points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from twin.complete import cabinets, defaults
from twin.records import with_drops

if TYPE_CHECKING:
    from twin.city import City

UNFED: Final = (cabinets.FAR, cabinets.TIE, cabinets.OFF)
"""Why a lamp has no cabinet; each is counted in the drops."""


def wired(city: City) -> City:
    """City whose lamps name the cabinet that feeds them; without a cabinet or a lamp, as it is.

    Parameters
    ----------
    city
        The City. Cabinets are rows of power and points whose kind names one
        (``cabinet_words.csv``).
    """
    boxes, lamps = cabinets_of(city), city.lamps
    if lamps.empty or (boxes.empty and "cabinet" not in lamps):
        return city
    figures = defaults.load(city.country).settings
    found = cabinets.attach(lamps, boxes, city.streets, figures)
    reason = found["cabinet_found"]
    losses = {why: found.index[reason.str.startswith(why)] for why in UNFED}
    return with_drops(city.replace(lamps=lamps.assign(**found)), "lamps", losses)


def cabinets_of(city: City) -> gpd.GeoDataFrame:
    """Cabinets of street lamps of a City: index id; column ref, geometry."""
    power, points = city.power, city.points
    numbers = points.get("ref", pd.Series(None, points.index, dtype="str"))
    both = [
        power.loc[cabinets.named(power["kind"]), ["name", "geometry"]].set_axis(
            ["ref", "geometry"], axis=1
        ),
        points.assign(ref=numbers).loc[cabinets.named(points["kind"]), ["ref", "geometry"]],
    ]
    known = pd.concat([pd.DataFrame(one) for one in both])
    refs = known["ref"].astype("str")
    return gpd.GeoDataFrame({"ref": refs}, geometry=known["geometry"].array, crs=city.crs)

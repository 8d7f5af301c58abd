"""Take a lane from cars for bicycles, parking or trees; `bus_lane` does so for buses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from layers import tables
from twin.edits import unset, with_values
from twin.intervention import Intervention
from twin.pricing import Cost, unit_priced

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from twin.city import City

METRES_PER_KM = 1_000.0


class LaneReallocation(Intervention):
    """Streets with more than one lane lose one, which bicycles, parked cars or trees get."""

    table: ClassVar[str] = "streets"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "lane_reallocation",
            "id": "wide-street",
            "where": {"expression": "highway == 'residential' and lanes >= 2"},
            "start": 2029,
            "to": "bicycle",
        },
        {
            "kind": "lane_reallocation",
            "id": "kerb",
            "where": {"expression": "lanes >= 2"},
            "start": 2029,
            "to": "parking",
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "Where a street with one lane for both directions is left, cars pass each other at "
            "passing places that are not modelled; its capacity is that of one lane a direction."
        ),
    )

    kind: Literal["lane_reallocation"] = Field(
        default="lane_reallocation", description="Kind of intervention"
    )
    to: Literal["bicycle", "parking", "trees"] = Field(description="Who gets the lane")

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets for cars with more than one lane that have not given one to this use yet."""
        cars = np.asarray(frame["drive_forward"] | frame["drive_backward"], dtype=bool)
        enough = frame["lanes"].to_numpy() - _for_buses(frame) > 1.0
        if "lane_taken_for" not in frame:
            return np.asarray(cars & enough)
        mine = frame["lane_taken_for"].eq(self.to).fillna(value=False).to_numpy(dtype=bool)
        return np.asarray(cars & enough & ~mine)

    def change(self, city: City, objects: pd.Index) -> City:
        """Give the lane away."""
        frame = city.table(self.table).loc[objects]
        lanes = (frame["lanes"] - 1.0).to_numpy()
        given: dict[str, Any] = {"lanes": lanes, "lane_taken_for": self.to}
        if self.to == "bicycle":
            given["cycleway"] = "track"
        if self.to == "parking":
            given["parking_spaces"] = parked(frame) + frame["length"].to_numpy() / _figure(
                "parking.space"
            )
        return with_values(city, self.table, objects, **given)

    def price(self, city: City, objects: pd.Index) -> Cost:
        """By kilometre of lane and use."""
        length = city.table(self.table).loc[objects, "length"].sum() / METRES_PER_KM
        return unit_priced("street_works", f"lane_{self.to}", city.country, length, "km")


def _for_buses(frame: pd.DataFrame) -> NDArray[np.float64]:
    columns = [name for name in ("bus_lanes_forward", "bus_lanes_backward") if name in frame]
    return np.asarray(frame[columns].fillna(0.0).sum(axis=1), dtype=np.float64)


def parked(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Parking spaces known so far (streets,) [1]; none where none are known.

    Parameters
    ----------
    frame : (streets, columns)
        City table.
    """
    column = frame.get("parking_spaces", unset("streets", "parking_spaces", frame.index))
    return np.asarray(column.fillna(0.0), dtype=np.float64)


def _figure(name: str) -> float:
    return float(tables.figures("street_design", "twin.data")[name])

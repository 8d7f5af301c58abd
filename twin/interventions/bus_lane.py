"""Reserve lanes for buses, so that they no longer wait with the cars."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from twin.edits import unset, with_values
from twin.intervention import Intervention
from twin.pricing import Cost, unit_priced

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from twin.city import City

METRES_PER_KM = 1_000.0
_DIRECTIONS = {"both": ("forward", "backward"), "forward": ("forward",), "backward": ("backward",)}


class BusLane(Intervention):
    """Buses get a lane of their own in the selected streets, in each direction that cars may drive.

    It is taken from the cars, which keep one lane in each of their directions, or added to the
    carriageway. It needs the road authority and, where they order traffic signs, the police.
    """

    table: ClassVar[str] = "streets"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "bus_lane",
            "id": "fast-bus",
            "where": {"expression": "highway == 'tertiary'"},
            "start": 2028,
            "space": "added",
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "Buses on a lane of their own drive as on an empty street; they still stop at signals.",
    )

    kind: Literal["bus_lane"] = Field(default="bus_lane", description="Kind of intervention")
    direction: Literal["both", "forward", "backward"] = Field(
        default="both", description="In which directions, as the street was drawn"
    )
    space: Literal["taken", "added"] = Field(
        default="taken", description="Whether lanes are taken from cars or added to the carriageway"
    )

    def _missing(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Directions of cars that are to have a bus lane and have none (streets, directions)."""
        return np.column_stack([
            frame[f"drive_{way}"].to_numpy(dtype=bool) & (_lanes(frame, way) < 1.0)
            for way in _DIRECTIONS[self.direction]
        ])  # fmt: skip

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets with a direction still to be done and, where lanes are taken, lanes to spare."""
        more = self._missing(frame).sum(axis=1)
        if self.space == "added":
            return np.asarray(more > 0)
        cars = frame[["drive_forward", "drive_backward"]].sum(axis=1).to_numpy()
        buses = _lanes(frame, "forward") + _lanes(frame, "backward")
        return np.asarray((more > 0) & (frame["lanes"].to_numpy() - buses - more >= cars))

    def change(self, city: City, objects: pd.Index) -> City:
        """Set the lanes for buses; a wider street has more lanes in all."""
        frame = city.table(self.table).loc[objects]
        more = self._missing(frame)
        given: dict[str, Any] = {
            f"bus_lanes_{way}": _lanes(frame, way) + more[:, number]
            for number, way in enumerate(_DIRECTIONS[self.direction])
        }
        if self.space == "added":
            given["lanes"] = frame["lanes"].to_numpy() + more.sum(axis=1)
        return with_values(city, self.table, objects, **given)

    def price(self, city: City, objects: pd.Index) -> Cost:
        """By kilometre of lane: marking and signs, or a wider carriageway."""
        frame = city.table(self.table).loc[objects]
        length = float((frame["length"].to_numpy() * self._missing(frame).sum(axis=1)).sum())
        kilometres = length / METRES_PER_KM
        if self.space == "taken":
            return unit_priced("street_works", "lane_bus", city.country, kilometres, "km")
        return unit_priced("public_transport", "lane_added", city.country, kilometres, "km")


def _lanes(frame: pd.DataFrame, way: str) -> NDArray[np.float64]:
    """Lanes for buses in a direction (streets,) [1]."""
    name = f"bus_lanes_{way}"
    column = frame.get(name, unset("streets", name, frame.index))
    return np.asarray(column.fillna(0.0), dtype=np.float64)

"""Build cycle tracks or mark cycle lanes along streets."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from layers import tables
from twin.edits import with_values
from twin.intervention import Intervention
from twin.mobility import stress
from twin.pricing import Cost, unit_priced

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from twin.city import City

METRES_PER_KM = 1_000.0


class CycleTrack(Intervention):
    """The selected streets get a cycle track, or a marked lane, on both sides."""

    table: ClassVar[str] = "streets"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "cycle_track",
            "id": "main-road",
            "where": {"expression": "highway == 'tertiary'"},
            "start": 2027,
        },
        {
            "kind": "cycle_track",
            "id": "lanes",
            "where": {"expression": "speed_kph >= 30"},
            "start": 2026,
            "facility": "lane",
            "contraflow": True,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "The track is taken to find its room beside the carriageway; give up a lane with "
            "lane_reallocation or parking with parking where it does not."
        ),
    )

    kind: Literal["cycle_track"] = Field(default="cycle_track", description="Kind of intervention")
    facility: Literal["track", "lane"] = Field(
        default="track", description="A track apart from the cars, or a lane marked on the road"
    )
    contraflow: bool = Field(
        default=False, description="Whether one-way streets are opened to bicycles both ways"
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets for cars that lack it on a side, or a direction for bicycles that is wanted."""
        cars = frame["drive_forward"] | frame["drive_backward"]
        words = tables.load("cycle_facilities").set_index("value_of_tag")["facility"].to_dict()
        texts = frame["cycleway"].fillna("")
        rank = {
            text: min(stress.RANK.index(one) for one in stress.sides(text, words))
            for text in texts.unique()
        }
        lacks = texts.map(rank).lt(stress.RANK.index(self.facility))
        shut = ~(frame["bicycle_forward"] & frame["bicycle_backward"])
        return np.asarray(cars & (lacks | (shut & self.contraflow)), dtype=bool)

    def change(self, city: City, objects: pd.Index) -> City:
        """Set what is there for bicycles; open the other direction where that is wanted."""
        values: dict[str, Any] = {"cycleway": self.facility}
        if self.contraflow:
            values |= {"bicycle_forward": True, "bicycle_backward": True}
        return with_values(city, self.table, objects, **values)

    def price(self, city: City, objects: pd.Index) -> Cost:
        """By kilometre of street, both sides together."""
        length = city.table(self.table).loc[objects, "length"].sum() / METRES_PER_KM
        return unit_priced("street_works", f"cycle_{self.facility}", city.country, length, "km")

"""Make streets one-way for cars, or turn the way round."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from twin.edits import done, noted, with_values
from twin.intervention import Intervention
from twin.pricing import Cost, unit_priced

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from twin.city import City

METRES_PER_KM = 1_000.0


class OneWay(Intervention):
    """Cars may drive the selected streets in one direction only."""

    table: ClassVar[str] = "streets"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "one_way",
            "id": "loop-west",
            "where": {"expression": "highway == 'residential' and length < 250"},
            "start": 2027,
            "direction": "forward",
        },
        {
            "kind": "one_way",
            "id": "both-again",
            "where": {"ids": ["w203:13-23", "w203:23-33"]},
            "start": 2028,
            "direction": "both",
        },
        {
            "kind": "one_way",
            "id": "other-way",
            "where": {"ids": ["w203:13-23", "w203:23-33"]},
            "start": 2029,
            "direction": "turned",
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "A one-way street keeps its lanes: all of them serve the direction that is left.",
    )

    kind: Literal["one_way"] = Field(default="one_way", description="Kind of intervention")
    direction: Literal["forward", "backward", "both", "turned"] = Field(
        description="Along or against the direction of drawing; both opens a one-way street, "
        "turned turns it round"
    )
    bicycles: Literal["both", "same"] = Field(
        default="both", description="Bicycles may ride both ways, or only as cars do"
    )

    @property
    def _values(self) -> dict[str, bool]:
        ahead, back = self.direction != "backward", self.direction != "forward"
        cars = {"drive_forward": ahead, "drive_backward": back}
        both = self.bicycles == "both"
        return cars | {"bicycle_forward": ahead or both, "bicycle_backward": back or both}

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets for cars whose directions are not yet these; one-way ones not turned yet."""
        if self.direction == "turned":
            one = frame["drive_forward"] != frame["drive_backward"]
            return np.asarray(one & ~done(frame, self.id), dtype=bool)
        cars = np.asarray(frame["drive_forward"] | frame["drive_backward"], dtype=bool)
        changed = [frame[name] != value for name, value in self._values.items()]
        return np.asarray(cars & np.any(changed, axis=0))

    def change(self, city: City, objects: pd.Index) -> City:
        """Set the permissions of cars and bicycles."""
        if self.direction == "turned":
            frame = city.table(self.table).loc[objects]
            return with_values(city, self.table, objects, **self._turned(frame))
        return with_values(city, self.table, objects, **self._values)

    def _turned(self, frame: pd.DataFrame) -> dict[str, Any]:
        """Permissions of streets turned round, which are marked, so that nobody does it twice."""
        ahead, back = (frame[f"drive_{way}"].to_numpy() for way in ("backward", "forward"))
        both = self.bicycles == "both"
        return {
            "drive_forward": ahead, "drive_backward": back,
            "bicycle_forward": ahead | both, "bicycle_backward": back | both,
            "measures": noted(frame, self.id),
        }  # fmt: skip

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Signs and markings at a cost per kilometre of street."""
        length = city.table(self.table).loc[objects, "length"].sum() / METRES_PER_KM
        return unit_priced("street_works", "one_way", city.country, length, "km")

"""Let buses through a street, and cars no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from twin.edits import with_values
from twin.intervention import Intervention
from twin.pricing import Cost, unit_priced

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from twin.city import City


class BusGate(Intervention):
    """Only buses, bicycles and people on foot may pass; cars have to drive round."""

    table: ClassVar[str] = "streets"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "bus_gate",
            "id": "gate-main",
            "where": {"expression": "highway == 'tertiary' and length < 250"},
            "start": 2027,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "Everybody is taken to respect a bus gate; without cameras or bollards fewer do.",
    )

    kind: Literal["bus_gate"] = Field(default="bus_gate", description="Kind of intervention")
    emergency: bool = Field(default=True, description="Whether emergency vehicles may pass")

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets that cars may drive."""
        return np.asarray(frame["drive_forward"] | frame["drive_backward"], dtype=bool)

    def change(self, city: City, objects: pd.Index) -> City:
        """Take away the permission of cars and mark the street as a bus gate."""
        return with_values(
            city, self.table, objects,
            drive_forward=False, drive_backward=False, bus_gate=True, emergency=self.emergency,
        )  # fmt: skip

    def price(self, city: City, objects: pd.Index) -> Cost:
        """One gate with camera for each segment."""
        return unit_priced("street_works", "bus_gate", city.country, float(len(objects)), "gates")

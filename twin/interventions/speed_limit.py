"""Lower the legal speed on streets."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from twin.intervention import Cost, Intervention, unit_priced, with_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from twin.city import City

METRES_PER_KM = 1_000.0


class SpeedLimit(Intervention):
    """A lower legal speed on the selected streets that cars use; lower limits stay."""

    table: ClassVar[str] = "streets"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "speed_limit",
            "id": "calm-streets",
            "where": {"expression": "speed_kph >= 30 and bridge == false"},
            "start": 2026,
            "pace": 0.25,
            "order": "-speed_kph",
            "speed_kph": 20,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "Everybody is taken to keep the new limit; signs without enforcement do less.",
    )

    kind: Literal["speed_limit"] = Field(default="speed_limit", description="Kind of intervention")
    speed_kph: float = Field(
        ge=5, le=130, description="New legal speed", json_schema_extra={"unit": "km/h"}
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets for cars where the limit is higher than the new one."""
        cars = frame["drive_forward"] | frame["drive_backward"]
        return np.asarray(cars & (frame["speed_kph"] > self.speed_kph), dtype=bool)

    def change(self, city: City, objects: pd.Index) -> City:
        """Set the legal speed; its source becomes the scenario."""
        return with_values(city, self.table, objects, speed_kph=self.speed_kph)

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Signs and orders at a cost per kilometre of street."""
        kilometres = city.table(self.table).loc[objects, "length"].sum() / METRES_PER_KM
        return unit_priced("street_works", "speed_limit", city.country, kilometres, "km")

"""Lower the legal speed on streets."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from twin.edits import with_values
from twin.intervention import Intervention
from twin.mobility.road_parameters import road_parameters
from twin.mobility.speeds import mean_after_limit, mean_speed
from twin.pricing import Cost, unit_priced

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
        {
            "kind": "speed_limit",
            "id": "humps",
            "where": {"expression": "highway == 'residential'"},
            "start": 2027,
            "speed_kph": 20,
            "rebuilt": True,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "A sign alone lowers the mean speed by a quarter of the change of the limit (Vadeby "
            "and Forsman 2014, rural roads), humps and narrowings with it by four fifths "
            "(assumed); counted speeds of your own go before both."
        ),
    )

    kind: Literal["speed_limit"] = Field(default="speed_limit", description="Kind of intervention")
    speed_kph: float = Field(
        ge=5, le=130, description="New legal speed", json_schema_extra={"unit": "km/h"}
    )

    rebuilt: bool = Field(
        default=False,
        strict=True,
        description="Whether humps, narrowings or raised crossings come with the signs",
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets for cars where the limit is higher than the new one."""
        cars = frame["drive_forward"] | frame["drive_backward"]
        return np.asarray(cars & (frame["speed_kph"] > self.speed_kph), dtype=bool)

    def change(self, city: City, objects: pd.Index) -> City:
        """Set the legal speed, and the mean speed that follows from it; both from the scenario."""
        figures, chosen = road_parameters(), city.table(self.table).loc[objects]
        mean = mean_after_limit(
            mean_speed(chosen, figures).to_numpy(),
            chosen["speed_kph"].to_numpy(),
            np.full(len(chosen), self.speed_kph),
            figures,
            rebuilt=self.rebuilt,
        )
        return with_values(
            city,
            self.table,
            objects,
            speed_kph=self.speed_kph,
            mean_speed_kph=mean,
            mean_speed_source="scenario",
        )

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Signs and orders, and building where asked, at a cost per kilometre of street."""
        kilometres = city.table(self.table).loc[objects, "length"].sum() / METRES_PER_KM
        item = "speed_limit_rebuilt" if self.rebuilt else "speed_limit"
        return unit_priced("street_works", item, city.country, kilometres, "km")

"""Rent out electric bicycles."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from twin.edits import done, noted, with_parameter, with_values
from twin.intervention import Intervention
from twin.pricing import Cost, unit_priced

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from twin.city import City

SHARE = "mobility.ebike_share"
"""Parameter of a City: share of people who can take an electric bicycle [1]."""


class EbikeSharing(Intervention):
    """Electric bicycles for rent in the selected zones; more people can take one."""

    table: ClassVar[str] = "zones"
    touches: ClassVar[tuple[str, ...]] = ("parameters",)
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "ebike_sharing",
            "id": "red-bikes",
            "where": "all",
            "start": 2026,
            "share": 0.3,
            "bicycles": 15,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "The share of people who can take an electric bicycle counts in the whole area; where "
            "a bicycle stands at the moment is not modelled, nor is what a ride costs."
        ),
    )

    kind: Literal["ebike_sharing"] = Field(
        default="ebike_sharing", description="Kind of intervention"
    )
    share: float = Field(
        gt=0,
        le=1,
        description="Share of people who can take an electric bicycle, once all zones are done",
        json_schema_extra={"unit": "1"},
    )
    bicycles: int = Field(
        ge=1,
        le=10_000,
        description="Bicycles in each zone",
        json_schema_extra={"unit": "1"},
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Zones without this offer."""
        return np.asarray(~done(frame, self.id))

    def change(self, city: City, objects: pd.Index) -> City:
        """Put bicycles into the zones; the share rises with the people who live there."""
        zones = city.table(self.table)
        people = zones["people"].sum()
        reached = zones.loc[objects, "people"].sum() / people if people > 0.0 else 0.0
        before = city.table("parameters")["value"].get(SHARE, "0.0")
        marked = with_values(city, self.table, objects, measures=noted(zones.loc[objects], self.id))
        return with_parameter(marked, SHARE, min(float(before) + self.share * reached, 1.0), "1")

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Bicycles, docks and their upkeep."""
        count = float(self.bicycles * len(objects))
        return unit_priced("street_works", "ebike", city.country, count, "bicycles")

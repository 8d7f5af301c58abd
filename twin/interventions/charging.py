"""Charging points, and the share of electric cars that a plan expects with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from layers import tables
from twin.edits import done, noted, with_parameter, with_values
from twin.errors import NotComputedError
from twin.intervention import Intervention
from twin.pricing import Cost, unit_priced

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from twin.city import City

SHARE = "mobility.electric_share"
"""Parameter of a City: share of the kilometres of cars that is electric [1]."""


class Charging(Intervention):
    """Public charging points in the selected zones, and the electric share that goes with them."""

    table: ClassVar[str] = "zones"
    touches: ClassVar[tuple[str, ...]] = ("parameters",)
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "charging",
            "id": "plugs",
            "where": "all",
            "start": 2026,
            "pace": 0.5,
            "points": 10,
            "electric_share": 0.4,
        },
        {
            "kind": "charging",
            "id": "plugs-only",
            "where": {"expression": "people > 20"},
            "start": 2027,
            "points": 4,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "The electric share is what the plan states, counted by the residents of the zones "
            "that are done; the model does not know whether charging points bring it about."
        ),
        "Where cars charge and what the grid must deliver is not in the model of traffic.",
    )

    kind: Literal["charging"] = Field(default="charging", description="Kind of intervention")
    points: int = Field(
        ge=1,
        le=10_000,
        description="Charging points that are added in each zone",
        json_schema_extra={"unit": "1"},
    )
    electric_share: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Share of the kilometres of cars that is electric once all zones are done",
        json_schema_extra={"unit": "1"},
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Zones in which this was not done."""
        return np.asarray(~done(frame, self.id))

    def change(self, city: City, objects: pd.Index) -> City:
        """Add charging points; the share rises with the people of the zones that are done."""
        zones = city.table(self.table)
        rows = zones.loc[objects]
        there = rows["charging_points"].fillna(0.0) if "charging_points" in rows else 0.0
        changed = with_values(
            city,
            self.table,
            objects,
            charging_points=there + float(self.points),
            measures=noted(rows, self.id),
        )
        if self.electric_share is None:
            return changed
        people = zones["people"].sum()
        reached = rows["people"].sum() / people if people > 0.0 else 0.0
        today = present_share(city.country)
        now = float(city.table("parameters")["value"].get(SHARE, repr(today)))
        rise = max(self.electric_share - today, 0.0) * reached
        return with_parameter(changed, SHARE, min(now + rise, 1.0), "1")

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Charging points and their upkeep."""
        count = float(self.points * len(objects))
        return unit_priced("charging", "charging_point", city.country, count, "points")


def present_share(country: str) -> float:
    """Electric share of the kilometres of cars in a country's table, or of its stand-in [1].

    Raises
    ------
    NotComputedError
        If neither has a table.
    """
    rows, whose = tables.of_country(tables.load("cars"), country, "cars")
    if not whose:
        raise NotComputedError(f"No figures on cars for {country}, and none stand in.")
    own = rows[(rows["quantity"] == "share") & (rows["carrier"] == "electricity")]
    return float(own["value"].sum())

"""Turn streets into cycle streets: bicycles go first, cars are guests at low speed."""

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


class CycleStreet(Intervention):
    """Cars keep behind bicycles on the selected streets and drive no faster than a low limit."""

    table: ClassVar[str] = "streets"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "cycle_street",
            "id": "quiet-axis",
            "where": {"expression": "highway == 'residential'"},
            "start": 2027,
            "contraflow": True,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "A cycle street does not keep cars out: with much through traffic it stays stressful; "
            "combine it with a filter or with one-way streets. Its changed junctions and the "
            "bicycles in front slow cars as rebuilding does (assumed)."
        ),
    )

    kind: Literal["cycle_street"] = Field(
        default="cycle_street", description="Kind of intervention"
    )
    speed_kph: float = Field(
        default=30.0,
        ge=5,
        le=50,
        description="Legal speed; lower ones stay",
        json_schema_extra={"unit": "km/h"},
    )
    contraflow: bool = Field(
        default=False, description="Whether one-way streets are opened to bicycles both ways"
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets for cars that are no such cycle street yet."""
        cars = frame["drive_forward"] | frame["drive_backward"]
        other = frame["cycleway"].fillna("").ne("street") | frame["speed_kph"].gt(self.speed_kph)
        shut = ~(frame["bicycle_forward"] & frame["bicycle_backward"])
        return np.asarray(cars & (other | (shut & self.contraflow)), dtype=bool)

    def change(self, city: City, objects: pd.Index) -> City:
        """Mark the street, lower its speeds where they are higher, open it both ways if wanted."""
        values: dict[str, Any] = {"cycleway": "street"}
        if self.contraflow:
            values |= {"bicycle_forward": True, "bicycle_backward": True}
        marked = with_values(city, self.table, objects, **values)
        frame = city.table(self.table).loc[objects]
        fast = frame[frame["speed_kph"].gt(self.speed_kph)]
        if fast.empty:
            return marked
        figures = road_parameters()
        mean = mean_after_limit(
            mean_speed(fast, figures).to_numpy(), fast["speed_kph"].to_numpy(),
            np.full(len(fast), self.speed_kph), figures, rebuilt=True,
        )  # fmt: skip
        return with_values(
            marked, self.table, fast.index,
            speed_kph=self.speed_kph, mean_speed_kph=mean, mean_speed_source="scenario",
        )  # fmt: skip

    def price(self, city: City, objects: pd.Index) -> Cost:
        """By kilometre of street: signs, marking, changed junctions."""
        length = city.table(self.table).loc[objects, "length"].sum() / METRES_PER_KM
        return unit_priced("street_works", "cycle_street", city.country, length, "km")

"""Close streets at a school to cars while children come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

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

Period = Literal["morning", "midday", "evening", "night"]


class SchoolStreet(Intervention):
    """Cars may not drive the selected streets in some periods of the day."""

    table: ClassVar[str] = "streets"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "school_street",
            "id": "school-way",
            "where": {"expression": "highway == 'residential'"},
            "start": 2026,
            "periods": ["morning", "midday"],
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "A street closed for part of a period counts as closed in its busiest hour, which "
            "is the one that is modelled; residents' exemptions are not."
        ),
    )

    kind: Literal["school_street"] = Field(
        default="school_street", description="Kind of intervention"
    )
    periods: Annotated[tuple[Period, ...], Field(strict=False, min_length=1)] = Field(
        default=("morning",), description="Periods of the day in which no car may drive"
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets for cars that are open in one of the periods."""
        cars = np.asarray(frame["drive_forward"] | frame["drive_backward"], dtype=bool)
        columns = [f"closed_{period}" for period in self.periods]
        if not set(columns) <= set(frame.columns):
            return cars
        return np.asarray(cars & ~frame[columns].all(axis=1).to_numpy(dtype=bool))

    def change(self, city: City, objects: pd.Index) -> City:
        """Close the streets in the periods."""
        closed = {f"closed_{period}": True for period in self.periods}
        return with_values(city, self.table, objects, **closed)

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Signs and movable barriers for each segment."""
        count = float(len(objects))
        return unit_priced("street_works", "school_street", city.country, count, "streets")

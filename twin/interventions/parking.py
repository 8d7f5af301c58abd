"""Price and number of parking spaces."""

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


class Parking(Intervention):
    """Parking at the end of a car trip costs more, or finds fewer spaces, in the selected zones."""

    table: ClassVar[str] = "zones"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "parking",
            "id": "pay-centre",
            "where": {"expression": "jobs > 10"},
            "start": 2026,
            "price_eur": 2.0,
        },
        {
            "kind": "parking",
            "id": "fewer-spaces",
            "where": "all",
            "start": 2027,
            "price_eur": 1.0,
            "supply": 20.0,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "A price of parking counts for every car trip that ends in the zone, also for people "
            "who own a space; searching for a space is not modelled, and a number of spaces is "
            "shown but does not limit trips. What residents pay is booked every year as a transfer "
            "to the municipality."
        ),
    )

    kind: Literal["parking"] = Field(default="parking", description="Kind of intervention")
    price_eur: float = Field(
        ge=0,
        le=1000,
        description="Mean price of parking for a car trip that ends here",
        json_schema_extra={"unit": "EUR/trip"},
    )
    supply: float | None = Field(
        default=None,
        ge=0,
        le=1e6,
        description="Public spaces in each selected zone",
        json_schema_extra={"unit": "1"},
    )

    @property
    def _values(self) -> dict[str, float]:
        spaces = {} if self.supply is None else {"parking_supply": self.supply}
        return {"parking_price_eur": self.price_eur, **spaces}

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Zones whose price or spaces differ."""
        if not set(self._values) <= set(frame.columns):
            return np.ones(len(frame), dtype=bool)
        changed = [frame[name] != value for name, value in self._values.items()]
        return np.asarray(np.any(changed, axis=0))

    def change(self, city: City, objects: pd.Index) -> City:
        """Set price and number of spaces."""
        return with_values(city, self.table, objects, **self._values)

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Signs and machines for each zone; what people pay is not the town's investment."""
        count = float(len(objects))
        return unit_priced("street_works", "parking_zone", city.country, count, "zones")

"""Set the signals of junctions so that the main road, or the side roads, wait less."""

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


class SignalTiming(Intervention):
    """The main road gets another share of green at the selected signals."""

    table: ClassVar[str] = "junctions"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "signal_timing",
            "id": "longer-green",
            "where": {"expression": "control == 'traffic_signals'"},
            "start": 2026,
            "green_share": 0.6,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "Signals are fixed-time and isolated in the model; green waves are not.",
    )

    kind: Literal["signal_timing"] = Field(
        default="signal_timing", description="Kind of intervention"
    )
    green_share: float = Field(
        ge=0.1,
        le=0.9,
        description="Share of the cycle in which the main road has green",
        json_schema_extra={"unit": "1"},
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Junctions with signals that are timed otherwise."""
        signals = frame["control"].eq("traffic_signals").fillna(value=False).to_numpy(dtype=bool)
        if "green_share" not in frame:
            return np.asarray(signals)
        return np.asarray(signals & frame["green_share"].ne(self.green_share).to_numpy())

    def change(self, city: City, objects: pd.Index) -> City:
        """Set the share of green."""
        return with_values(city, self.table, objects, green_share=self.green_share)

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Planning and programming of each controller."""
        count = float(len(objects))
        return unit_priced("street_works", "signal_timing", city.country, count, "controllers")

"""Let lines of public transport run more or less often."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from layers.errors import Fault, InputError
from twin.edits import done, noted, with_values
from twin.intervention import Intervention
from twin.pricing import Cost, unit_costs
from twin.where import refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from twin.city import City


class TransitFrequency(Intervention):
    """Lines leave at another headway, or so many times as often, in some hours of the day.

    It needs the authority that orders the service: in the European Union a change of the public
    service contract (Regulation (EC) No 1370/2007).
    """

    table: ClassVar[str] = "transit_lines"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "transit_frequency",
            "id": "every-ten-minutes",
            "where": {"expression": "mode == 'bus'"},
            "start": 2027,
            "headway": 10.0,
            "from_hour": 7.0,
            "to_hour": 9.0,
        },
        {
            "kind": "transit_frequency",
            "id": "twice-as-often",
            "where": {"expression": "mode == 'bus'"},
            "start": 2028,
            "factor": 2.0,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "More departures run as long as those of today; vehicles are counted for each line by "
            "itself, and depots, drivers and ways without passengers are in the unit costs only."
        ),
    )

    kind: Literal["transit_frequency"] = Field(
        default="transit_frequency", description="Kind of intervention"
    )
    headway: float | None = Field(
        default=None,
        ge=1,
        le=240,
        description="Time between two departures in each direction",
        json_schema_extra={"unit": "min"},
    )
    factor: float | None = Field(
        default=None,
        ge=0.1,
        le=10,
        description="Departures relative to today; either this or headway",
        json_schema_extra={"unit": "1"},
    )
    from_hour: float = Field(
        default=0.0,
        ge=0,
        le=30,
        description="Trips count that leave their first stop from this hour on",
        json_schema_extra={"unit": "h"},
    )
    to_hour: float = Field(
        default=30.0,
        gt=0,
        le=36,
        description="And before this one; after midnight hours count on from 24",
        json_schema_extra={"unit": "h"},
    )

    @model_validator(mode="after")
    def _possible(self) -> TransitFrequency:
        if (self.headway is None) == (self.factor is None):
            raise refused([Fault("", "needs either headway or factor.", "Give one of the two.")])
        if self.from_hour >= self.to_hour:
            reason = "is not before to_hour."
            raise refused([Fault("", reason, "Write 6 to 9, or 22 to 26.")], "from_hour")
        return self

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Lines that this measure has not been done to."""
        return np.asarray(~done(frame, self.id))

    def change(self, city: City, objects: pd.Index) -> City:
        """New trips in the place of all that the lines have; the old ones run no more."""
        from twin import lines
        from twin.mobility.timetable_edits import Hours, with_frequency

        hours = Hours(self.from_hour, self.to_hour)
        try:
            new = with_frequency(lines.service(city), objects, hours, self.id,
                                 headway=self.headway, factor=self.factor)  # fmt: skip
        except InputError as error:
            raise lines.refused(self.id, error) from None
        marks = noted(city.table(self.table).loc[objects], self.id)
        return with_values(lines.with_service(city, new), self.table, objects, measures=marks)

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Vehicles that are needed more at once, and kilometres of a year."""
        from twin import lines

        after = city if objects.empty else self.change(city, objects)
        return lines.run_cost(unit_costs("public_transport", city.country), city, after, objects)

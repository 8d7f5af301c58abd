"""Give lines of public transport one more stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from layers.errors import InputError
from twin.edits import done, new_rows, noted, with_values
from twin.intervention import Intervention
from twin.pricing import Cost, unit_costs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from twin.city import City
    from twin.mobility.timetable_edits import Service

Degrees = Annotated[tuple[float, float], Field(strict=False)]


class NewStop(Intervention):
    """The selected lines call at a new stop, between the two stops where it delays them least.

    It needs the authority that orders the service, the road authority for the platform, and the
    police where they have a say in stops.
    """

    table: ClassVar[str] = "transit_lines"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "new_stop",
            "id": "halt",
            "where": {"expression": "mode == 'bus'"},
            "start": 2027,
            "at": [12.3634246, 55.6624335],
            "name": "Midtvej",
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "Vehicles reach a new stop as fast as they drive today between the stops round it.",
    )

    kind: Literal["new_stop"] = Field(default="new_stop", description="Kind of intervention")
    at: Degrees = Field(
        description="Longitude and latitude of the stop", json_schema_extra={"unit": "deg"}
    )
    name: str = Field(min_length=1, max_length=200, description="Name of the stop")
    dwell: int | None = Field(
        default=None,
        ge=0,
        le=600,
        description="Time at the stop; without it that of the table of figures",
        json_schema_extra={"unit": "s"},
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Lines that this measure has not been done to."""
        return np.asarray(~done(frame, self.id))

    def change(self, city: City, objects: pd.Index) -> City:
        """New trips that call at the stop, in the place of all that the lines have."""
        from twin import lines
        from twin.mobility.timetable_edits import with_stop
        from twin.mobility.transit_parameters import transit_parameters

        figures = transit_parameters()
        dwell = figures.dwell if self.dwell is None else self.dwell
        before = lines.service(city)
        try:
            new: Service = with_stop(before, objects, self._stop(city), self.id, dwell,
                                     figures.stop_reach)  # fmt: skip
        except InputError as error:
            raise lines.refused(self.id, error) from None
        marks = noted(city.table(self.table).loc[objects], self.id)
        return with_values(lines.with_service(city, new), self.table, objects, measures=marks)

    def _stop(self, city: City) -> pd.DataFrame:
        """The new row of the table of stops, or the row that is there already."""
        from twin import lines

        name = f"new:{self.id}:stop"
        if name in city.transit_stops.index:
            return city.transit_stops.loc[[name]]
        point, street, leg = lines.placed(city, self.at, self.id)
        inside = bool(city.boundary.covers(point))
        return new_rows(city, "transit_stops", [name], geometry=[point], name=self.name,
                        feed="new", inside=inside, street=street, door=leg)  # fmt: skip

    def price(self, city: City, objects: pd.Index) -> Cost:
        """The stop itself, vehicles that are needed more, and kilometres of a year."""
        from twin import lines

        after = city if objects.empty else self.change(city, objects)
        stops = len(after.transit_stops) - len(city.transit_stops)
        rows = unit_costs("public_transport", city.country)
        return lines.run_cost(rows, city, after, objects, stops=stops)

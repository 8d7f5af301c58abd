"""Open a new line of public transport between stops that are there."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from layers.errors import Fault
from twin.edits import new_rows
from twin.errors import ScenarioError
from twin.intervention import Intervention
from twin.pricing import Cost, unit_costs
from twin.where import refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from twin.city import City

ENDS = 2
"""Stops that a line has at least [1]."""
SATURDAY = 5


class NewLine(Intervention):
    """A line calls at the stops that `where` lists, in that order; it runs whole from its first year.

    It needs the authority that orders the service: in the European Union a public service contract
    (Regulation (EC) No 1370/2007); a tram also the approval of its tracks.
    """

    table: ClassVar[str] = "transit_stops"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "new_line",
            "id": "crosstown",
            "where": {"ids": ["b:w", "b:m", "b:n"]},
            "start": 2029,
            "name": "X",
            "headway": 20.0,
            "speed_kph": 20.0,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "A new line runs at one mean speed; a bus takes the quickest streets, a tram the "
            "straight line, whose tracks are not priced."
        ),
    )

    kind: Literal["new_line"] = Field(default="new_line", description="Kind of intervention")
    name: str = Field(min_length=1, max_length=200, description="Name of the line")
    mode: Literal["bus", "tram"] = Field(default="bus", description="What runs")
    headway: float = Field(
        ge=1, le=240, description="Time between two departures", json_schema_extra={"unit": "min"}
    )
    speed_kph: float = Field(
        ge=5,
        le=130,
        description="Mean speed between stops, without the time at them",
        json_schema_extra={"unit": "km/h"},
    )
    from_hour: float = Field(
        default=6.0, ge=0, le=30, description="First departure", json_schema_extra={"unit": "h"}
    )
    to_hour: float = Field(
        default=22.0,
        gt=0,
        le=36,
        description="The last departure is before this hour",
        json_schema_extra={"unit": "h"},
    )
    days: Literal["daily", "weekdays"] = Field(default="daily", description="When it runs")
    both_ways: bool = Field(default=True, description="Whether it runs back as well")

    @model_validator(mode="after")
    def _possible(self) -> NewLine:
        if self.from_hour >= self.to_hour:
            advice = "Write 6 to 22, or 22 to 26."
            raise refused([Fault("", "is not before to_hour.", advice)], "from_hour")
        return self

    @property
    def _line(self) -> str:
        return f"new:{self.id}"

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """All stops: any line may call there too."""
        return np.ones(len(frame), dtype=bool)

    def change(self, city: City, objects: pd.Index) -> City:  # noqa: ARG002 - the line is whole or not there
        """The City with the line, its trips and the days on which it runs."""
        from twin import lines
        from twin.mobility.timetable_edits import Hours, with_line
        from twin.mobility.transit_parameters import transit_parameters

        if self._line in city.transit_lines.index:
            return city
        stops = self._stops(city)
        runs = [(way, lines.leg_seconds(city, way, self.speed_kph, bus=self.mode == "bus"))
                for way in ([stops, stops[::-1]] if self.both_ways else [stops])]  # fmt: skip
        new = with_line(lines.service(city), self._row(city, stops), runs, self._dates(city),
                        Hours(self.from_hour, self.to_hour), self.headway,
                        transit_parameters().dwell)  # fmt: skip
        return lines.with_service(city, new)

    def _stops(self, city: City) -> list[str]:
        """Stops in the order of the list.

        Raises
        ------
        ScenarioError
            If `where` does not list at least two stops, no two alike after one another.
        """
        named = list(self.where.ids or ())
        same = any(one == other for one, other in pairwise(named))
        if len(named) < ENDS or same or not set(named) <= set(city.transit_stops.index):
            reason = "lists no stops that a line can call at one after the other."
            advice = "Give ids of at least two transit_stops, in their order."
            raise ScenarioError(f"intervention {self.id}", "where", reason, advice)
        return named

    def _row(self, city: City, stops: list[str]) -> pd.DataFrame:
        """The new row of the table of lines."""
        import shapely

        points = city.transit_stops.loc[stops]
        shape = shapely.LineString([point.coords[0] for point in points.geometry])
        return new_rows(city, "transit_lines", [self._line], geometry=[shape], name=self.name,
                        mode=self.mode, feed="new", inside=bool(points["inside"].any()),
                        revision=0)  # fmt: skip

    def _dates(self, city: City) -> list[str]:
        """Days that the timetables cover, those of the week if that is all."""
        dates = pd.Index(city.transit_services["date"].unique()).sort_values()
        weekday = pd.to_datetime(dates).day_of_week
        return list(dates if self.days == "daily" else dates[weekday < SATURDAY])

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Vehicles, and kilometres of a year."""
        from twin import lines

        after = self.change(city, objects)
        rows = unit_costs("public_transport", city.country)
        return lines.run_cost(rows, city, after, pd.Index([self._line]))

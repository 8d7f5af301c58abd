"""Build a new street or bridge between two junctions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from twin.edits import done, new_rows, noted, with_values
from twin.errors import ScenarioError
from twin.intervention import Intervention
from twin.pricing import Cost, unit_priced

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from twin.city import City

METRES_PER_KM = 1_000.0
ENDS = 2
"""Junctions that a street joins [1]."""


class NewStreet(Intervention):
    """A straight street or bridge joins two junctions, named by `where`.

    It opens once both ends are done.
    """

    table: ClassVar[str] = "junctions"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "new_street",
            "id": "diagonal",
            "where": {"ids": ["11", "22"]},
            "start": 2030,
            "speed_kph": 30.0,
            "modes": "all",
        },
        {
            "kind": "new_street",
            "id": "footbridge",
            "where": {"ids": ["24", "33"]},
            "start": 2031,
            "speed_kph": 20.0,
            "modes": "active",
            "bridge": True,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "A new street is drawn straight, and meets no street on its way.",
    )

    kind: Literal["new_street"] = Field(default="new_street", description="Kind of intervention")
    modes: Literal["all", "active"] = Field(
        default="all", description="For everybody, or for people on foot and bicycles only"
    )
    highway: Literal["residential", "tertiary", "secondary", "primary"] = Field(
        default="residential", description="Class of the street, if cars may use it"
    )
    speed_kph: float = Field(
        ge=5, le=130, description="Legal speed", json_schema_extra={"unit": "km/h"}
    )
    lanes: int = Field(
        default=2,
        ge=1,
        le=8,
        description="Lanes of both directions together",
        json_schema_extra={"unit": "1"},
    )
    bridge: bool = Field(default=False, description="Whether it is a bridge, which costs more")

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Junctions whose end of the street is not built yet."""
        return np.asarray(~done(frame, self.id))

    def change(self, city: City, objects: pd.Index) -> City:
        """Mark the ends as built, and open the street when both are."""
        frame = city.table(self.table)
        marked = with_values(city, self.table, objects, measures=noted(frame.loc[objects], self.id))
        after = marked.table(self.table)
        ends = self.select_ends(city)
        if not done(after.loc[ends], self.id).all():
            return marked
        return marked.replace(streets=pd.concat([city.streets, self._street(city, ends)]))

    def _street(self, city: City, ends: pd.Index) -> pd.DataFrame:
        """The new row of the table of streets."""
        import shapely

        points = city.table(self.table).loc[ends]
        line = shapely.LineString([point.coords[0] for point in points.geometry])
        cars = self.modes == "all"
        number = 1 + max(-int(city.streets["way_id"].min(skipna=True) or 0), 0)
        return new_rows(
            city,
            "streets",
            [f"new:{self.id}:1"],
            geometry=[line],
            way_id=-number,
            from_node=int(ends[0]),
            to_node=int(ends[1]),
            highway=self.highway if cars else "cycleway",
            length=line.length,
            name=None,
            speed_kph=self.speed_kph,
            lanes=float(self.lanes if cars else 1),
            drive_forward=cars,
            drive_backward=cars,
            bicycle_forward=True,
            bicycle_backward=True,
            walk_forward=True,
            walk_backward=True,
            bridge=self.bridge,
            level=1.0 if self.bridge else 0.0,
            inside=bool(points["inside"].any()),
        )

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Half of the street for each end."""
        named = city.table(self.table).loc[self.select_ends(city)]
        one, other = named.geometry.iloc[[0, -1]]
        share = len(objects) / ENDS
        key = ("bridge" if self.bridge else "street") + (
            "_cars" if self.modes == "all" else "_active"
        )
        length = share * one.distance(other) / METRES_PER_KM
        return unit_priced("street_works", f"new_{key}", city.country, length, "km")

    def select_ends(self, city: City) -> pd.Index:
        """The two junctions that `where` names.

        Raises
        ------
        ScenarioError
            If there are not two.
        """
        ends = self.where.select(city.table(self.table), city.crs)
        if len(ends) != ENDS:
            raise ScenarioError(
                f"intervention {self.id}",
                "where",
                f"names {len(ends)} junctions; a street joins two.",
                "Name two junctions by ids.",
            )
        return ends

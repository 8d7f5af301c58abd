"""Make a superblock: cars reach every address of an area, and drive through it no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

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

    from twin.cells import Layout
    from twin.city import City

FILTER: Final = "filter"
"""What a street is marked with (column barrier) where cars come up to a filter from either side."""


class Superblock(Intervention):
    """Modal filters in an area leave no way through it for cars, and a way to every address.

    The streets that `where` selects, usually by a polygon, form the area; where other streets for
    cars meet it are its gates. `layouts` lists the ways to place the filters.
    """

    table: ClassVar[str] = "streets"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "superblock",
            "id": "calm-block",
            "where": {"expression": "highway in ['residential', 'living_street']"},
            "start": 2027,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "Filters of a superblock stand on streets between junctions; which side of a house "
            "they stand on is for the detailed plan. Emergency vehicles are taken to pass."
        ),
    )

    kind: Literal["superblock"] = Field(default="superblock", description="Kind of intervention")
    prefer: Literal["few filters", "short ways"] = Field(
        default="few filters", description="Which layout is built, if there are several"
    )
    streets: Annotated[tuple[str, ...], Field(strict=False, min_length=1, max_length=20)] = Field(
        default=("residential", "living_street", "unclassified", "service"),
        description="Classes of streets that are calmed; others in the area stay through roads",
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets for cars of the classes that are calmed."""
        cars = np.asarray(frame["drive_forward"] | frame["drive_backward"], dtype=bool)
        return np.asarray(cars & frame["highway"].isin(self.streets).to_numpy())

    def layouts(self, city: City, objects: pd.Index | None = None) -> tuple[Layout, ...]:
        """Ways to place the filters, fewest first.

        Parameters
        ----------
        city
            The City before the measure.
        objects
            Streets of the area; all that `where` selects if None.
        """
        from twin import cells

        streets = city.table(self.table)
        chosen = self.due(city, self.select(city) if objects is None else objects)
        cars = (streets["drive_forward"] | streets["drive_backward"]) & (
            streets["state"] != "removed"
        )
        outside = streets[cars & ~streets.index.isin(chosen)]
        return cells.layouts(streets.loc[chosen], outside)

    def _chosen(self, city: City, objects: pd.Index) -> Layout:
        found = self.layouts(city, objects)
        if self.prefer == "short ways":
            return min(found, key=lambda one: (one.longest, len(one.filters)))
        return found[0]

    def change(self, city: City, objects: pd.Index) -> City:
        """Close the filtered streets to cars; one-way streets open where ways would be lost."""
        plan = self._chosen(city, objects)
        if plan.filters.empty:
            return city
        closed = with_values(
            city, self.table, plan.filters,
            drive_forward=False, drive_backward=False, emergency=True, barrier=FILTER,
        )  # fmt: skip
        if plan.opened.empty:
            return closed
        return with_values(closed, self.table, plan.opened, drive_forward=True, drive_backward=True)

    def price(self, city: City, objects: pd.Index) -> Cost:
        """A filter at a unit cost for each closed street."""
        count = float(len(self._chosen(city, objects).filters)) if len(objects) else 0.0
        return unit_priced("street_works", "modal_filter", city.country, count, "filters")

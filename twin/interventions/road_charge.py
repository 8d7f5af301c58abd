"""Charge cars for driving: at a cordon, by distance, or for passing a bridge or tunnel."""

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

METRES_PER_KM = 1_000.0
Period = Literal["morning", "midday", "evening", "night"]


class RoadCharge(Intervention):
    """Cars pay on the selected streets, in the periods of the day that are named.

    A cordon charges every car that crosses the edge of the selected streets, in or out: each
    selected street that leads out of the selection carries the price. By distance every selected
    street charges its length. A toll charges each passage of each selected street.
    """

    table: ClassVar[str] = "streets"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "road_charge",
            "id": "centre",
            "where": {"expression": "highway == 'residential'"},
            "start": 2028,
            "scheme": "distance",
            "price_eur": 0.2,
        },
        {
            "kind": "road_charge",
            "id": "bridge",
            "where": {"ids": ["w102:22-23"]},
            "start": 2030,
            "scheme": "toll",
            "price_eur": 1.5,
            "periods": ["morning", "evening"],
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "What a charge brings in is booked every year as a transfer from households, companies and "
            "visitors to the municipality, by what the modelled vehicles pay; collecting it costs what "
            "the measure's running cost says."
        ),
        "Everybody pays and values time alike; exemptions are not modelled.",
    )

    kind: Literal["road_charge"] = Field(default="road_charge", description="Kind of intervention")
    scheme: Literal["cordon", "distance", "toll"] = Field(description="What is charged")
    price_eur: float = Field(
        gt=0,
        le=1000,
        description="Price of a crossing or passage [EUR], or of a kilometre [EUR/km]",
        json_schema_extra={"unit": "EUR or EUR/km"},
    )
    periods: Annotated[tuple[Period, ...], Field(strict=False, min_length=1)] = Field(
        default=("morning", "midday", "evening"), description="Periods of the day with a charge"
    )

    @property
    def _columns(self) -> list[str]:
        return [f"toll_{period}" for period in self.periods]

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets for cars that carry no charge in one of the periods."""
        cars = np.asarray(frame["drive_forward"] | frame["drive_backward"], dtype=bool)
        if not set(self._columns) <= set(frame.columns):
            return cars
        return np.asarray(cars & frame[self._columns].isna().any(axis=1).to_numpy())

    def change(self, city: City, objects: pd.Index) -> City:
        """Write the charge of a passage on each street and period."""
        charge = self._charge(city.table(self.table), objects)
        return with_values(city, self.table, objects, **dict.fromkeys(self._columns, charge))

    def _charge(self, streets: pd.DataFrame, objects: pd.Index) -> NDArray[np.float64]:
        """Charge of one passage of each selected street [EUR]."""
        frame = streets.loc[objects]
        if self.scheme == "distance":
            return np.asarray(self.price_eur * frame["length"] / METRES_PER_KM, dtype=np.float64)
        if self.scheme == "toll":
            return np.full(len(frame), self.price_eur)
        return np.where(at_edge(streets, objects), self.price_eur, 0.0)

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Cameras and back office for each charged street; by distance for each kilometre."""
        streets = city.table(self.table)
        if self.scheme == "distance":
            length = streets.loc[objects, "length"].sum() / METRES_PER_KM
            return unit_priced("street_works", "charge_distance", city.country, length, "km")
        points = len(objects) if self.scheme == "toll" else at_edge(streets, objects).sum()
        return unit_priced("street_works", "charge_point", city.country, float(points), "points")


def at_edge(streets: pd.DataFrame, objects: pd.Index) -> NDArray[np.bool_]:
    """Which of some streets share a junction with a street for cars that is not among them.

    Parameters
    ----------
    streets
        City table.
    objects
        Ids of the streets inside the cordon.
    """
    open_ = streets["drive_forward"] | streets["drive_backward"]
    outer = streets[open_ & ~streets.index.isin(objects)]
    beyond = np.unique(outer[["from_node", "to_node"]].to_numpy())
    return np.asarray(streets.loc[objects, ["from_node", "to_node"]].isin(beyond).any(axis=1))

"""Let only vehicles of a lowest Euro class drive on streets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import AfterValidator, Field

from layers import tables
from layers.errors import Fault
from twin.edits import with_values
from twin.intervention import Intervention
from twin.interventions.road_charge import at_edge
from twin.pricing import Cost, unit_priced
from twin.where import refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from twin.city import City

Period = Literal["morning", "midday", "evening", "night"]
PERIODS: tuple[Period, ...] = ("morning", "midday", "evening", "night")


def _known(rule: str) -> str:
    rules = sorted(tables.load("low_emission_rules")["rule"].unique())
    if rule not in rules:
        raise refused([Fault("", f"There is no rule {rule[:60]!r}.", f"Use {', '.join(rules)}.")])
    return rule


class LowEmissionZone(Intervention):
    """Only vehicles that meet a rule may drive on the selected streets, all day or in some periods."""

    table: ClassVar[str] = "streets"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "low_emission_zone",
            "id": "clean-centre",
            "where": {"expression": "highway == 'residential'"},
            "start": 2027,
            "rule": "dgt_c",
        },
        {
            "kind": "low_emission_zone",
            "id": "clean-days",
            "where": {"expression": "highway == 'tertiary'"},
            "start": 2028,
            "rule": "euro_5",
            "periods": ["morning", "midday", "evening"],
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "A vehicle that may not enter is taken to drive round, residents also to travel in other "
            "ways; nobody is taken to buy another. Vans, lorries and visitors whose trip begins or "
            "ends inside are taken to come with a vehicle that may enter. The fleet is that of the "
            "country, not the one counted here."
        ),
        "Buses are not concerned; exemptions and fines are not modelled.",
    )

    kind: Literal["low_emission_zone"] = Field(
        default="low_emission_zone", description="Kind of intervention"
    )
    rule: Annotated[str, AfterValidator(_known)] = Field(
        description="Rule of low_emission_rules.csv that a vehicle must meet"
    )
    periods: Annotated[tuple[Period, ...], Field(strict=False, min_length=1)] = Field(
        default=PERIODS, description="Periods of the day in which it holds"
    )

    @property
    def _hours(self) -> str | None:
        """Periods in the order of the day, parted by blanks; None for the whole day."""
        named = [period for period in PERIODS if period in self.periods]
        return None if len(named) == len(PERIODS) else " ".join(named)

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets for cars on which another rule, other hours or none hold."""
        cars = np.asarray(frame["drive_forward"] | frame["drive_backward"], dtype=bool)
        none = pd.Series(None, index=frame.index, dtype="str")
        rule = frame.get("low_emission", none).fillna("")
        hours = frame.get("low_emission_hours", none).fillna("")
        same = rule.eq(self.rule) & hours.eq(self._hours or "")
        return np.asarray(cars & ~same.to_numpy(dtype=bool))

    def change(self, city: City, objects: pd.Index) -> City:
        """Write the rule, and its hours, on the streets."""
        return with_values(
            city, self.table, objects, low_emission=self.rule, low_emission_hours=self._hours
        )

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Signs and control at every street by which cars come in."""
        entries = float(at_edge(city.table(self.table), objects).sum())
        return unit_priced("low_emission", "low_emission_entry", city.country, entries, "entries")

"""Ask people to heat a little less and to switch off: who takes part, and what comes of it."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, ClassVar, Final, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from twin import work_costs, works
from twin.edits import done, noted
from twin.intervention import Intervention

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from twin.city import City
    from twin.pricing import Cost

DIGEST: Final = 6
"""Bytes of the number that tells who takes part; a float holds it exactly [1]."""


class Campaign(Intervention):
    """A behaviour campaign: some take part, and do a part of what they are asked for."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "campaign",
            "id": "one-degree-less",
            "where": {"expression": "people > 0"},
            "start": 2026,
            "adoption": 0.5,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "Habits come back after a campaign; how soon is not modelled.",
        "All people of a building take part, or none: larger buildings make the share coarser.",
    )

    kind: Literal["campaign"] = Field(default="campaign", description="Kind of intervention")
    adoption: float = Field(
        gt=0,
        le=1,
        description="Share of the buildings whose people take part",
        json_schema_extra={"unit": "1"},
    )
    setpoint_change: float | None = Field(
        default=None,
        ge=0,
        le=5,
        description="By how much rooms are to be cooler; without it a usual request",
        json_schema_extra={"unit": "K"},
    )
    electricity_saving: float | None = Field(
        default=None,
        ge=0,
        le=0.5,
        description="Share of electricity for appliances and light to be saved; without it a usual request",
        json_schema_extra={"unit": "1"},
    )
    realised_share: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Share of what is asked for that is done; without it that of a trial",
        json_schema_extra={"unit": "1"},
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Heated buildings whose people take part and were not asked before."""
        return np.asarray(works.open_to(frame) & self._willing(frame) & ~done(frame, self.id))

    def _willing(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Who takes part: always the same ones, more of them at a higher share."""
        digests = (
            blake2b(f"{self.id}:{name}".encode(), digest_size=DIGEST).digest()
            for name in frame.index
        )
        drawn = np.array([int.from_bytes(one) for one in digests], dtype=np.float64)
        return np.asarray(drawn < self.adoption * 256.0**DIGEST)

    def change(self, city: City, objects: pd.Index) -> City:
        """Lower set-points and electricity by the part that is really done."""
        frame = city.table(self.table).loc[objects]
        now = works.number(frame, "setpoint_change", 0.0)
        factor = works.number(frame, "appliance_factor", 1.0)
        cooler, saved = self._effect()
        return works.done(
            city,
            objects,
            setpoint_change=(now - cooler).clip(lower=works.MOST_COOLER).to_numpy(),
            appliance_factor=(factor * (1.0 - saved)).to_numpy(),
            measures=noted(frame, self.id),
        )

    def _effect(self) -> tuple[float, float]:
        """Cooler rooms [K] and share of electricity saved [1], as realised."""
        usual = works.figures()
        given = (self.setpoint_change, self.electricity_saving, self.realised_share)
        names = ("campaign.setpoint", "campaign.electricity", "campaign.realised")
        cooler, saved, share = (
            usual[name] if one is None else one for name, one in zip(names, given, strict=True)
        )
        return cooler * share, saved * share

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """People who are reached, by building."""
        frame = city.table(self.table).loc[objects]
        return pd.DataFrame({"campaign": frame["people"] + frame["jobs"]})

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """People at the cost of reaching them."""
        return work_costs.total(city, self.quantities(city, objects), payer="municipality")

"""From useful heat and cold to what a house buys, hour by hour: carriers, end uses, own sun.

`year` works on chunks of houses, so that no array of all houses and hours is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from twin.energy import delivery_kernel as kernel
from twin.energy import heat_pumps, self_use, solar_thermal, use_hours
from twin.energy.delivery_kernel import (
    BAND,
    BANDS,
    BOUGHT,
    COLD,
    FIGURES,
    GIVEN,
    HEAT,
    HOT_WATER,
    MADE,
    SOLD,
    STORED,
    TAKEN,
    USED,
    WATER,
)
from twin.energy.supply import ELECTRICITY, MONTHS, Homes
from twin.energy.threads import spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twin.energy.supply import Hours

    Floats = NDArray[np.float64]
    Shared = tuple[Any, Any, Any, Any, Any, Any, Any, Any, Any, Any, Any]

SOLAR_POWER: Final = "solar_power"
SOLAR_HEAT: Final = "solar_heat"
ENDS: Final = ("space_heating", "hot_water", "cooling", "appliances")
"""End uses of electricity in the order of the kernel's columns."""

KILO: Final = 1000.0
CITATIONS: Final = (*heat_pumps.CITATIONS, *use_hours.CITATIONS, *solar_thermal.CITATIONS)
LIMITS: Final = (
    (
        "Heat pumps follow a regression of the temperatures between which they work, with what houses "
        "that are lived in reach of it; cooling units follow assumed ratios."
    ),
    (
        "Electricity and hot water follow the mean shape of their use: single houses have sharper "
        "peaks, and use less of their own sun than shown."
    ),
    "Batteries take what is left over and give it back as soon as they can; nobody trades with them.",
)
"""What the hours of a house cannot see."""
BLOCK: Final = 256
"""Houses whose load is summed together, whatever the number of threads [1]."""


@dataclass(frozen=True)
class Delivery:
    """What n houses use, buy and sell in a year.

    Parameters
    ----------
    homes
        The houses.
    figures : (n, `delivery_kernel.FIGURES`)
        Energies [kWh/a], peaks [kW].
    monthly : (n, 2, 12)
        Electricity bought and sold [kWh].
    load : (`delivery_kernel.LOADS`, steps)
        What those that count buy, make, sell and need in each step [kW], in single precision.
    """

    homes: Homes
    figures: Floats
    monthly: Floats
    load: Floats

    def column(self, number: int) -> pd.Series:
        """One column of the figures with the ids of the houses."""
        return pd.Series(self.figures[:, number], index=self.homes.index)

    @property
    def residual(self) -> float:
        """Largest difference of a house between what it made and bought and where that went [1]."""
        row = self.figures.T
        made = row[kernel.DIRECTLY] + row[TAKEN] + row[SOLD]
        used = row[kernel.DIRECTLY] + row[GIVEN] + row[BOUGHT : BOUGHT + 4].sum(axis=0)
        total = row[USED : USED + 4].sum(axis=0)
        scale = np.maximum(np.maximum(total, row[MADE]), 1.0)
        gaps = np.abs(np.stack([made - row[MADE], used - total])) / scale
        return float(gaps.max(initial=0.0))


def year(
    heat: NDArray[np.floating],
    cold: NDArray[np.floating] | None,
    homes: Homes,
    steps: Hours,
    *,
    sun: Floats | None = None,
    threads: int | None = None,
) -> Delivery:
    """Work out what houses buy and sell.

    Parameters
    ----------
    heat, cold : (n, steps)
        Heat and cold that the rooms need [W]; cold may be None.
    homes, steps
        The n houses, and the steps.
    sun : (rows, steps)
        Power of a kilowatt of modules [W/kW]; None without any.
    threads
        How many at most; the result does not depend on it.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    count, width = len(homes), len(steps.outdoor)
    if heat.shape != (count, width) or (cold is not None and cold.shape != heat.shape):
        raise ValueError(f"heat {heat.shape} for {count} houses and {width} steps")
    shared = _shared(steps, sun)
    nothing = np.zeros((count, 0), dtype=heat.dtype)
    figures, monthly = np.zeros((count, FIGURES)), np.zeros((count, 2, MONTHS))
    blocks = -(-count // BLOCK)
    load = np.zeros((blocks, kernel.LOADS, width))

    def work(first: int, last: int) -> None:
        for block in range(first, last):
            kernel.years(
                block * BLOCK, min((block + 1) * BLOCK, count), heat,
                nothing if cold is None else cold, homes.constants, homes.numbers, homes.solar,
                *shared, figures, monthly, load[block],
            )  # fmt: skip

    if count:
        spread(work, blocks, threads)
    together = (load.sum(axis=0) / KILO).astype(np.float32)
    return Delivery(homes, figures / KILO, monthly / KILO, together)


def joined(parts: Sequence[Delivery]) -> Delivery:
    """One delivery of the houses of several chunks, in their order.

    Parameters
    ----------
    parts
        Of `year`, over the same steps.
    """
    first = [part.homes for part in parts]
    whole = Homes(
        index=first[0].index.append([one.index for one in first[1:]]),
        constants=np.concatenate([one.constants for one in first]),
        numbers=np.concatenate([one.numbers for one in first]),
        solar=np.concatenate([one.solar for one in first]),
        fuels=pd.concat([one.fuels for one in first]),
        water_fuels=pd.concat([one.water_fuels for one in first]),
        parts=pd.concat([one.parts for one in first]),
    )
    return Delivery(
        whole,
        np.concatenate([part.figures for part in parts]),
        np.concatenate([part.monthly for part in parts]),
        np.sum([part.load for part in parts], axis=0, dtype=np.float64),
    )


def tables(found: Delivery) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Delivered energy as `activity.activity_rows` takes it.

    Electricity is what was bought; what the own modules gave is the carrier solar_power, heat of
    collectors solar_heat.

    Parameters
    ----------
    found
        Of `year`.

    Returns
    -------
    delivered, power
        End use of heat and cold to energy by carrier [kWh/a]; electricity of the others bought
        [kWh/a].
    """
    own = found.homes
    by_end = {}
    for number, end in enumerate(ENDS):
        bought = found.column(BOUGHT + number)
        by_end[end] = pd.DataFrame(
            {
                ELECTRICITY: bought,
                SOLAR_POWER: (found.column(USED + number) - bought).clip(lower=0.0),
            }
        )
    apart = by_end.pop("appliances")
    by_end["space_heating"] = by_end["space_heating"].join(
        own.fuels.mul(found.column(HEAT), axis=0)
    )
    by_end["hot_water"] = (
        by_end["hot_water"]
        .join(own.water_fuels.mul(found.column(WATER), axis=0))
        .assign(**{SOLAR_HEAT: solar_heat(found)})
    )
    for end in own.parts:
        by_end[str(end)] = pd.DataFrame({SOLAR_POWER: own.parts[end] * apart[SOLAR_POWER]})
    return by_end, own.parts.mul(apart[ELECTRICITY], axis=0)


def solar_heat(found: Delivery) -> pd.Series:
    """Hot water that collectors heat [kWh/a]."""
    own = found.homes
    gained = own.constants[:, HOT_WATER] - found.figures[:, WATER]
    return pd.Series(np.maximum(gained, 0.0), index=own.index)


def frame(found: Delivery) -> pd.DataFrame:
    """Result columns of the houses.

    Parameters
    ----------
    found
        Of `year`.

    Returns
    -------
    DataFrame
        electricity_bought, pv_made, pv_sold [kWh/a], pv_own_share [1] (missing without modules),
        power_peak [kW], cooling_power [kWh/a].
    """
    made = found.column(MADE)
    return pd.DataFrame(
        {
            "electricity_bought": found.figures[:, BOUGHT : BOUGHT + 4].sum(axis=1),
            "pv_made": made,
            "pv_sold": found.column(SOLD),
            "pv_own_share": 1.0 - found.column(SOLD) / made.where(made > 0.0),
            "power_peak": found.column(kernel.PEAK_BOUGHT),
            "cooling_power": found.column(USED + 2),
        },
        index=found.homes.index,
    )


def balance(found: Delivery) -> Mapping[str, float]:
    """Sums of a year for the record of a run."""
    total = found.figures.sum(axis=0)
    return {
        "electricity used [kWh/a]": float(total[USED : USED + 4].sum()),
        "electricity bought [kWh/a]": float(total[BOUGHT : BOUGHT + 4].sum()),
        "electricity of own modules [kWh/a]": float(total[MADE]),
        "electricity sold [kWh/a]": float(total[SOLD]),
        "lost and left in batteries [kWh/a]": float(total[TAKEN] - total[GIVEN]),
        "left in batteries [kWh]": float(total[STORED]),
        "residual of electricity [1]": found.residual,
    }


def bands_bought(found: Delivery) -> Floats:
    """Electricity bought by band of price, (n, bands) [kWh/a]."""
    return found.figures[:, BAND : BAND + BANDS]


def cold_given(found: Delivery) -> pd.Series:
    """Cold that cooling units give [kWh/a]."""
    return found.column(COLD)


def _shared(steps: Hours, sun: Floats | None) -> Shared:
    """Arguments of the kernel that all houses share."""
    figure = heat_pumps.figures()
    sources = heat_pumps.source_temperatures(steps.outdoor, steps.ground, figure)
    water = np.stack(
        [heat_pumps.cop(figure["flow.hot_water"] - row, number, figure)
         for number, row in enumerate(sources)]
    )  # fmt: skip
    dark = np.zeros((1, len(steps.outdoor)))
    return (
        np.stack([steps.outdoor, steps.length]),
        sources,
        water,
        heat_pumps.eer(steps.outdoor, figure),
        steps.months,
        steps.bands,
        steps.shapes.power,
        dark if sun is None else np.ascontiguousarray(sun, dtype=np.float64),
        heat_pumps.coefficients(figure),
        np.array([figure["flow.base"], figure["lift.least"], figure["cop.least"]]),
        self_use.settings(figure),
    )

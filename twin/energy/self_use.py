"""Electricity of the own roof: used at once, through a battery, or sold.

The battery is greedy: it takes what the house does not use and gives it back as soon as the house
needs it. Energy is conserved to rounding: what was made is used, stored or sold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.compiled import bare, compiled
from twin.energy.threads import spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CHARGE, DISCHARGE, RATE = range(3)
USED, GIVEN, TAKEN, SOLD, BOUGHT, STORED = range(6)
FIGURES: Final = 6
"""Columns: used at once, given by the battery, taken up by it, sold, bought, left in it at the end
of the year [W h]."""


@dataclass(frozen=True)
class SelfUse:
    """Where the electricity of n roofs goes in a year.

    Parameters
    ----------
    figures : (n, `FIGURES`)
        [kWh/a].
    """

    figures: Floats

    @property
    def own_share(self) -> Floats:
        """Share of what was made that is not sold [1]; 0 where nothing was made."""
        kept = self.figures[:, USED] + self.figures[:, TAKEN]
        made = kept + self.figures[:, SOLD]
        return np.divide(kept, made, out=np.zeros(len(made)), where=made > 0.0)


def year(
    load: Floats,
    made: Floats,
    capacity: Floats,
    figure: Mapping[str, float],
    threads: int | None = None,
) -> SelfUse:
    """Share out a year of electricity.

    Parameters
    ----------
    load, made : (n, hours)
        What each house uses and its modules make [W].
    capacity : (n,)
        Usable capacity of its battery [kWh].
    figure
        Of `heat_pumps.figures`: the keys battery.*.
    threads
        How many at most; the result does not depend on it.

    Raises
    ------
    ValueError
        If the shapes differ, or something is negative or missing.
    """
    if load.shape != made.shape or len(capacity) != len(load):
        raise ValueError(f"load {load.shape}, made {made.shape} and {len(capacity)} batteries")
    for name, values in (("load", load), ("made", made), ("capacity", capacity)):
        if not (values >= 0.0).all():
            raise ValueError(f"{name} is negative or missing somewhere")
    found = np.zeros((len(load), FIGURES))
    battery = settings(figure)

    def work(first: int, last: int) -> None:
        years(first, last, load, made, capacity * 1000.0, battery, found)

    if len(load):
        spread(work, len(load), threads)
    return SelfUse(found / 1000.0)


def settings(figure: Mapping[str, float]) -> Floats:
    """Efficiency of charging and discharging [1], power by capacity [1/h]."""
    return np.array([figure["battery.charge"], figure["battery.discharge"], figure["battery.rate"]])


@bare
def dispatch(
    over: float, under: float, stored: float, capacity: float, battery: Floats, hours: float
) -> tuple[float, float, float]:
    """Charge and discharge of one step.

    Parameters
    ----------
    over, under
        What is left over and what is lacking; one of them is 0 [W].
    stored, capacity
        Energy in the battery and its capacity [W h].
    battery
        Of `settings`.
    hours
        Length of the step [h].

    Returns
    -------
    charge, discharge, stored
        [W, W, W h].
    """
    limit = capacity * battery[RATE]
    room = max(capacity - stored, 0.0) / (battery[CHARGE] * hours)
    charge = min(over, limit, room)
    discharge = min(under, limit, stored * battery[DISCHARGE] / hours)
    left = stored + hours * (battery[CHARGE] * charge - discharge / battery[DISCHARGE])
    return charge, discharge, max(left, 0.0)


@compiled
def years(
    first: int,
    last: int,
    load: Floats,
    made: Floats,
    capacity: Floats,
    battery: Floats,
    figures: Floats,
) -> None:
    """Share out the hours of houses `first` to before `last`; capacities in W h."""
    for house in range(first, last):
        stored, used, given, taken, sold, bought = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for hour in range(load.shape[1]):
            at_once = min(load[house, hour], made[house, hour])
            over, under = made[house, hour] - at_once, load[house, hour] - at_once
            charge, discharge, stored = dispatch(over, under, stored, capacity[house], battery, 1.0)
            used += at_once
            given += discharge
            taken += charge
            sold += over - charge
            bought += under - discharge
        row = figures[house]
        row[USED], row[GIVEN], row[TAKEN] = used, given, taken
        row[SOLD], row[BOUGHT], row[STORED] = sold, bought, stored

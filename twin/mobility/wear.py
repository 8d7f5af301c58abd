"""Particles of tyres, brakes and the road surface (EMEP/EEA guidebook, 1.A.3.b.vi and vii)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

PARTS: Final = ("tyre", "brake", "road")
FRACTIONS: Final = ("pm10", "pm25")


def speed_factor(
    speed: NDArray[np.float64], part: str, figures: Mapping[str, float]
) -> NDArray[np.float64]:
    """How much more a part wears at a speed than on average [1].

    Constant at low and at high speed and falling in between: slow driving in town brakes and turns
    more. The wear of the road surface does not depend on speed.

    Parameters
    ----------
    speed
        Mean speed [km/h].
    part
        tyre, brake or road.
    figures
        Figures of nonexhaust.csv by key.
    """
    if f"{part}.speed.slow" not in figures:
        return np.ones_like(speed)
    between = figures[f"{part}.speed.start"] + figures[f"{part}.speed.slope"] * speed
    fast = np.where(speed > figures[f"{part}.speed.fast"], figures[f"{part}.speed.above"], between)
    slow = speed < figures[f"{part}.speed.slow"]
    return np.where(slow, figures[f"{part}.speed.below"], fast)


def particles(
    speed: NDArray[np.float64],
    vehicle: str,
    figures: Mapping[str, float],
    *,
    electric: bool = False,
) -> dict[str, NDArray[np.float64]]:
    """Particles that a kilometre wears off, by size fraction pm10 and pm25 [g/km].

    Parameters
    ----------
    speed
        Mean speed [km/h].
    vehicle
        car, van, lorry or bus.
    figures
        Figures of nonexhaust.csv by key.
    electric
        Whether the vehicle is electric: heavier, but braking with its motor.
    """
    total = {name: np.zeros_like(speed) for name in FRACTIONS}
    for part in PARTS:
        worn = figures[f"{vehicle}.{part}"] * speed_factor(speed, part, figures)
        if electric:
            worn = worn * figures["electric.brake" if part == "brake" else "electric.tyre"]
        for name in FRACTIONS:
            total[name] = total[name] + worn * figures[f"{part}.{name}"]
    return total

"""What lies around zones beside weather: horizons, blinds, opened windows, limits of comfort.

One structure for all zones of a run; `kernel_arrays` gives it to the kernels, with arrays that
change nothing where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.energy.facade_sun import Sky

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

SECTORS: Final = 36
"""Sectors of azimuth of a horizon, clockwise from north."""

OPEN: Final = -1
"""Row of a part of light that nothing shades."""

DAY, NIGHT = 0, 1
NEVER: Final = 1e9
"""Limit that is never reached [degC]."""

HOURS_OF_DAY: Final = 24
EVENING, MORNING = 21, 7
"""Local hours between which it is night for open windows [h]."""

ROUNDS: Final = 8
"""Days after which a day before weighs next to nothing in a running mean, in halvings."""


@dataclass(frozen=True)
class Surroundings:
    """What lies around n zones.

    Parameters
    ----------
    row : (parts of light,)
        Horizon of each part of light, `OPEN` for none.
    horizon : (rows, `SECTORS`) float32
        Height of what shades by sector of azimuth [deg].
    seen : (rows,)
        Share of a part's own diffuse light that is left [1].
    shut : (n,)
        Light that blinds let through when they are down, 1 without [1].
    flow : (n, 2)
        Air through opened windows by day and by night [W K-1].
    opens : (n, 2)
        Room temperature above which they are opened by day and by night [degC].
    cooler : (n,)
        Change of the temperature outside in the warm season, by trees and green [K].
    kind : (n,)
        Row of `limits`.
    limits : (kinds, hours)
        Operative temperature above which an hour is too warm [degC].
    season : (hours,)
        1 in the warm season, else 0.
    dark : (hours,)
        1 by night, else 0.
    bright : float
        Light through glass from which blinds are down in the warm season [W m-2].
    """

    row: Whole
    horizon: NDArray[np.float32]
    seen: Floats
    shut: Floats
    flow: Floats
    opens: Floats
    cooler: Floats
    kind: Whole
    limits: Floats
    season: Floats
    dark: Floats
    bright: float


class Around(NamedTuple):
    """`Surroundings` as the kernels take them, with where the sun stands in each hour.

    Parameters
    ----------
    row, horizon, seen
        As of `Surroundings`.
    zone : (n, 6)
        Light through blinds [1], air by day and night [W K-1], the temperatures from which [degC],
        change of the temperature outside in the warm season [K].
    kind, limits
        As of `Surroundings`.
    hour : (3, hours)
        Height of the sun [deg]; 1 in the warm season; 1 by night.
    sector : (hours,)
        Sector of azimuth in which the sun stands.
    bright : (1,)
        As of `Surroundings` [W m-2].
    """

    row: Whole
    horizon: NDArray[np.float32]
    seen: Floats
    zone: Floats
    kind: Whole
    limits: Floats
    hour: Floats
    sector: Whole
    bright: Floats


def kernel_arrays(
    of: Surroundings | None, zones: int, parts: int, sun: Sky, limit: float
) -> Around:
    """Arrays of the kernels.

    Parameters
    ----------
    of
        Surroundings; None for open ground, without blinds and with closed windows.
    zones, parts
        How many there are.
    sun
        Where it stands.
    limit
        Operative temperature above which an hour is too warm where nothing else is said [degC].
    """
    hours = len(sun.dni)
    height, sector = positions(sun)
    if of is None:
        plain = np.array([[1.0, 0.0, 0.0, NEVER, NEVER, 0.0]])
        return Around(
            np.full(parts, OPEN, dtype=np.int64), np.zeros((0, SECTORS), np.float32), np.zeros(0),
            np.repeat(plain, zones, axis=0), np.zeros(zones, dtype=np.int64),
            np.full((1, hours), limit), np.stack([height, np.zeros(hours), np.zeros(hours)]), sector,
            np.zeros(1),
        )  # fmt: skip
    zone = np.column_stack([of.shut, of.flow, of.opens, of.cooler])
    return Around(
        of.row, of.horizon, of.seen, np.ascontiguousarray(zone), of.kind, of.limits,
        np.stack([height, of.season, of.dark]), sector, np.array([of.bright]),
    )  # fmt: skip


def positions(sun: Sky) -> tuple[Floats, Whole]:
    """Height [deg] and sector of azimuth of the sun in each hour, mean of its moments above ground."""
    up = (sun.height > 0.0).astype(np.float64)
    count = np.maximum(up.sum(axis=0), 1.0)
    lit = up.any(axis=0)
    height = np.degrees(np.arcsin(np.clip((sun.height * up).sum(axis=0) / count, 0.0, 1.0)))
    east = (np.sin(sun.azimuth) * up).sum(axis=0)
    north = (np.cos(sun.azimuth) * up).sum(axis=0)
    azimuth = np.degrees(np.arctan2(east, north)) % 360.0
    sector = np.floor(azimuth * SECTORS / 360.0).astype(np.int64) % SECTORS
    return np.where(lit, height, -90.0), sector


def wrong(of: Surroundings, zones: int, parts: int) -> list[str]:
    """Names of arrays that do not fit so many zones and parts of light, or hold no numbers."""
    rows, hours = len(of.seen), len(of.season)
    shapes: dict[str, tuple[int, ...]] = {
        "row": (parts,), "horizon": (rows, SECTORS), "seen": (rows,), "shut": (zones,),
        "flow": (zones, 2), "opens": (zones, 2), "cooler": (zones,), "kind": (zones,),
        "limits": (len(of.limits), hours), "season": (hours,), "dark": (hours,),
    }  # fmt: skip
    found = [name for name, shape in shapes.items() if getattr(of, name).shape != shape]
    real = ("horizon", "seen", "shut", "flow", "opens", "cooler", "season", "dark")
    found += [name for name in real if not np.isfinite(getattr(of, name)).all()]
    for name, end in (("row", rows), ("kind", len(of.limits))):
        values = getattr(of, name)
        if ((values < (OPEN if name == "row" else 0)) | (values >= end)).any():
            found.append(name)
    found += [name for name in ("seen", "shut", "flow") if (getattr(of, name) < 0.0).any()]
    return sorted(set(found))


def running_mean(temperature: Floats, weight: float) -> Floats:
    """Running mean of the daily mean outside temperature of the days before (EN 16798-1).

    Parameters
    ----------
    temperature : (hours,)
        [degC]; the year follows itself.
    weight
        Of the running mean of the day before [1].

    Returns
    -------
    (hours,) [degC]
    """
    count = len(temperature)
    whole = np.resize(temperature, -(-count // HOURS_OF_DAY) * HOURS_OF_DAY)
    days = whole.reshape(-1, HOURS_OF_DAY).mean(axis=1)
    back = int(np.ceil(ROUNDS / -np.log2(weight)))
    weights = (1.0 - weight) * weight ** np.arange(back)
    before = np.stack([np.roll(days, lag + 1) for lag in range(back)])
    found = weights @ before / weights.sum()
    return np.asarray(np.repeat(found, HOURS_OF_DAY)[:count])


def adaptive_limit(running: Floats, figure: Mapping[str, float]) -> Floats:
    """Upper limit of adaptive comfort, category II of EN 16798-1 [degC].

    Parameters
    ----------
    running
        Of `running_mean` [degC].
    figure
        Figures of stock_hourly.csv.
    """
    inside = np.clip(running, figure["comfort.low"], figure["comfort.high"])
    return np.asarray(
        figure["comfort.slope"] * inside + figure["comfort.base"] + figure["comfort.band"]
    )


def season(running: Floats, figure: Mapping[str, float]) -> Floats:
    """1 in the warm season, else 0."""
    return (running >= figure["summer.running_mean"]).astype(np.float64)


def nights(begins: int, hours: int) -> Floats:
    """1 by night, else 0, of each hour; `begins` is the hour of the week of the first."""
    clock = (begins + np.arange(hours)) % HOURS_OF_DAY
    return ((clock >= EVENING) | (clock < MORNING)).astype(np.float64)

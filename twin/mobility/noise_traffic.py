"""Traffic of day, evening and night as road noise takes it: made from other hours, and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from layers.errors import Fault, InputError
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.noise_parameters import NoiseParameters

KINDS: Final = ("light", "heavy", "speed")
HOURS: Final = 24.0


@dataclass(frozen=True)
class Slot:
    """Traffic of some hours of the day.

    Parameters
    ----------
    start, end
        Hours of local time [h]; the end may lie in the next day.
    light, heavy : (streets,) [veh/h]
        Mean flow of both directions together.
    speed : (streets,) [km/h]
        Mean speed; NaN where nothing drives.
    """

    start: float
    end: float
    light: NDArray[np.float64]
    heavy: NDArray[np.float64]
    speed: NDArray[np.float64]


def by_part(
    slots: Sequence[Slot],
    streets: pd.Index,
    parameters: NoiseParameters,
    *,
    profile: NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """Traffic of day, evening and night from that of other hours, as `noise.run` takes it.

    Flows are shared out by the hours that overlap; speeds are means weighted by vehicles.

    Parameters
    ----------
    slots
        Parts of the day as the traffic model has them; together the whole day.
    streets
        Ids.
    parameters
        The parts of the day of Lden.
    profile : (24,)
        Trips that begin in each hour of the day, in any unit: how the traffic of a slot divides
        among its hours. Without it a slot is the same all its hours, which makes an evening too
        quiet and a night too loud where one slot holds both.
    """
    even = np.ones(24) if profile is None else np.asarray(profile, dtype=np.float64)
    found: dict[str, Any] = {}
    for part in parameters.periods:
        hours = [_overlap(part.start, part.end, one.start, one.end, even) for one in slots]
        light = sum(h * one.light for h, one in zip(hours, slots, strict=True))
        heavy = sum(h * one.heavy for h, one in zip(hours, slots, strict=True))
        driven = sum(
            h * (one.light + one.heavy) * np.nan_to_num(one.speed)
            for h, one in zip(hours, slots, strict=True)
        )
        vehicles = np.asarray(light + heavy)
        found[f"light_{part.name}"] = np.asarray(light) / part.hours
        found[f"heavy_{part.name}"] = np.asarray(heavy) / part.hours
        found[f"speed_{part.name}"] = np.divide(
            driven, vehicles, out=np.full(len(vehicles), np.nan), where=vehicles > 0.0
        )
    return pd.DataFrame(found, index=streets)


def _overlap(
    start: float, end: float, begin: float, finish: float, profile: NDArray[np.float64]
) -> float:
    """Hours of mean flow of a slot (begin, finish) that fall in a part of the day [h]."""
    own, other = (end - start) % HOURS or HOURS, (finish - begin) % HOURS or HOURS
    borders = np.unique([begin, begin + other, *np.arange(np.ceil(begin), begin + other)])
    low, span = borders[:-1], np.diff(borders)
    weight = profile[np.floor(low).astype(np.int64) % int(HOURS)] * span
    if weight.sum() == 0.0:
        weight = span
    inside = np.zeros(len(low))
    for day in (-HOURS, 0.0, HOURS):
        high = np.minimum(low + span + day, start + own)
        inside += np.maximum(high - np.maximum(low + day, start), 0.0)
    return float((weight * inside / span).sum() / weight.sum() * other)


def known(
    traffic: pd.DataFrame, streets: gpd.GeoDataFrame, parameters: NoiseParameters
) -> tuple[pd.DataFrame, int]:
    """Traffic of the standing streets in the open, in their order, and how many lacked a speed.

    Parameters
    ----------
    traffic
        As `noise.run` takes it.
    streets
        City table.
    parameters
        The parts of the day of Lden.

    Returns
    -------
    traffic, lacking
        Of streets where anything drives; those without a speed got the legal one.

    Raises
    ------
    InputError
        If columns are missing or hold values that cannot be; all faults at once.
    """
    names = [f"{kind}_{part.name}" for part in parameters.periods for kind in KINDS]
    _check(traffic, names)
    open_air = standing(streets) & ~streets["tunnel"]
    ids = streets.index[open_air & streets.index.isin(traffic.index)]
    own = traffic.loc[ids, names].astype(np.float64)
    lacking = np.zeros(len(own), dtype=bool)
    for part in parameters.periods:
        flow = own[[f"light_{part.name}", f"heavy_{part.name}"]].sum(axis=1)
        unknown = (flow > 0.0) & ~(own[f"speed_{part.name}"] > 0.0)
        own.loc[unknown, f"speed_{part.name}"] = streets.loc[ids, "speed_kph"][unknown]
        lacking |= unknown.to_numpy()
    flows = own[[name for name in names if not name.startswith("speed")]]
    driven = flows.gt(0.0).any(axis=1)
    return own[driven], int(lacking.sum())


def _check(traffic: pd.DataFrame, names: list[str]) -> None:
    faults = [
        Fault(f"column {name}", "is missing.", "Give it, see noise_traffic.by_part.")
        for name in names if name not in traffic
    ]  # fmt: skip
    for name in names:
        if name in traffic and not name.startswith("speed"):
            values = traffic[name].to_numpy(dtype=np.float64)
            if not (np.isfinite(values) & (values >= 0.0)).all():
                faults.append(
                    Fault(f"column {name}", "holds values below 0 or none.", "Give numbers.")
                )
    if faults:
        raise InputError.of("traffic for noise", faults)

"""What the air, the ground and edges take from a sound on its way, after CNOSSOS-EU.

Homogeneous conditions over flat ground; equations of Directive 2002/49/EC, Annex II, part 2.5 (as
amended by (EU) 2021/1226). All works on energies: a factor of 0.5 is an attenuation of 3 dB.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOUND_SPEED: Final = 340.0
"""Speed of sound [m/s]."""

DIVERGENCE: Final = 10.0**-1.1
"""Energy of a point source at 1 m: its attenuation there is 11 dB (equation 2.5.12)."""

NEAREST: Final = 1.0
"""Shortest way over the ground for which the ground effect is taken [m]."""

MIRROR: Final = 3.0
"""Gain over hard ground, where direct and reflected sound add up [dB] (equation 2.5.18)."""

HARD: Final = 10.0 ** (MIRROR / 10.0)
"""That gain as energy."""

SOURCE_ZONE: Final = 30.0
"""The ground at the source weighs within this many times the sum of both heights (2.5.14)."""

EDGE_GAP: Final = 0.3
"""Two edges nearer than this count as one [m]."""

EDGE_MOST: Final = 10.0**2.5
"""Edges take 25 dB at most."""

KELVIN, REFERENCE_KELVIN, TRIPLE_POINT = 273.15, 293.15, 273.16
METRES_PER_KM: Final = 1000.0


@dataclass(frozen=True)
class Bands:
    """What is constant for an octave band.

    Parameters
    ----------
    wave_number : (bands,) [1/m]
        2 pi f / c.
    wave_length : (bands,) [m]
        c / f.
    absorption : (bands,) [1/m]
        Exponent of the energy that the air swallows.
    soft, softer, softest : (bands,)
        f^0.75, f^1.5 and 0.0185 f^2.5 (equation 2.5.17).
    """

    wave_number: NDArray[np.float64]
    wave_length: NDArray[np.float64]
    absorption: NDArray[np.float64]
    soft: NDArray[np.float64]
    softer: NDArray[np.float64]
    softest: NDArray[np.float64]

    @property
    def table(self) -> NDArray[np.float64]:
        """All of it as one array (6, bands), as kernels take it."""
        return np.stack([
            self.wave_number, self.wave_length, self.absorption,
            self.soft, self.softer, self.softest,
        ])  # fmt: skip


def bands(frequency: NDArray[np.float64], temperature: float, humidity: float) -> Bands:
    """Constants of octave bands in a given air.

    Parameters
    ----------
    frequency : (bands,) [Hz]
        Nominal mid-band frequencies.
    temperature
        Of the air [degC].
    humidity
        Relative, of the air [%].
    """
    per_km = air_absorption(frequency, temperature, humidity)
    return Bands(
        wave_number=2.0 * math.pi * frequency / SOUND_SPEED,
        wave_length=SOUND_SPEED / frequency,
        absorption=per_km / METRES_PER_KM * math.log(10.0) / 10.0,
        soft=frequency**0.75,
        softer=frequency**1.5,
        softest=0.0185 * frequency**2.5,
    )


def air_absorption(
    frequency: NDArray[np.float64], temperature: float, humidity: float
) -> NDArray[np.float64]:
    """Attenuation of sound by the air at sea level (bands,) [dB/km], ISO 9613-1.

    Parameters
    ----------
    frequency : (bands,) [Hz]
        Nominal octave bands; their exact mid-band frequencies count.
    temperature
        Of the air [degC].
    humidity
        Relative, of the air [%].
    """
    exact = 1000.0 * 10.0 ** (0.3 * np.round(np.log10(frequency / 1000.0) / 0.3))
    kelvin = temperature + KELVIN
    ratio = kelvin / REFERENCE_KELVIN
    vapour = humidity * 10.0 ** (-6.8346 * (TRIPLE_POINT / kelvin) ** 1.261 + 4.6151)
    oxygen = 24.0 + 4.04e4 * vapour * (0.02 + vapour) / (0.391 + vapour)
    nitrogen = ratio**-0.5 * (9.0 + 280.0 * vapour * math.exp(-4.170 * (ratio ** (-1 / 3) - 1.0)))
    square = exact**2
    relaxed = 0.01275 * math.exp(-2239.1 / kelvin) / (oxygen + square / oxygen)
    relaxed = relaxed + 0.1068 * math.exp(-3352.0 / kelvin) / (nitrogen + square / nitrogen)
    per_metre = 8.686 * square * (1.84e-11 * ratio**0.5 + ratio**-2.5 * relaxed)
    return np.asarray(per_metre * METRES_PER_KM)


@compiled
def near_source(ground: float, over: float, heights: float, at_source: float) -> float:
    """Ground factor G' that weighs the ground at the source (equation 2.5.14).

    Parameters
    ----------
    ground
        Mean ground factor of the way [1].
    over
        Length of the way [m].
    heights
        Sum of the heights of its ends [m].
    at_source
        Ground factor at the source [1].
    """
    zone = SOURCE_ZONE * heights
    if over > zone:
        return ground
    return ground * over / zone + at_source * (1.0 - over / zone)


@compiled
def ground_bounds(used: float) -> tuple[float, float]:
    """Power of the ground factor that all bands use, and the most that the ground adds (2.5.18).

    Parameters
    ----------
    used
        Ground factor that counts, G' or the mean of the way [1].
    """
    return used**1.3, 10.0 ** (MIRROR / 10.0 * (1.0 - used))


@compiled
def ground_gain(
    wave: float,
    soft: float,
    softer: float,
    softest: float,
    over: float,
    low: float,
    high: float,
    mean: float,
    power: float,
    most: float,
) -> float:
    """Energy that arrives over ground, over that without it (equations 2.5.15 to 2.5.18).

    Parameters
    ----------
    wave, soft, softer, softest
        Of a band, see `Bands`.
    over
        Length of the way over the ground [m].
    low, high
        Heights of its ends [m].
    mean
        Mean ground factor of the way [1]; 0: hard.
    power, most
        Of `ground_bounds`.
    """  # fmt: skip
    if mean == 0.0:
        return HARD
    square = power * power
    weight = softest * square / (softer * square + 1.3e3 * soft * power + 1.16e6)
    damped = weight * over
    spread = over * (1.0 + 3.0 * damped * math.exp(-math.sqrt(damped)))
    spread = spread / ((1.0 + damped) * wave)
    root = math.sqrt(2.0 * spread)
    scale = 2.0 * wave / over
    low_part = low * low - root * low + spread
    high_part = high * high - root * high + spread
    return float(min(scale * scale * low_part * high_part, most))


@compiled
def over_edge(
    behind: float,
    low: float,
    first_at: float,
    first: float,
    last_at: float,
    last: float,
    over: float,
    high: float,
) -> float:
    """How much longer the way over one or two edges is than the straight one [m].

    Parameters
    ----------
    behind, low
        Place of the source along the way and its height [m].
    first_at, first, last_at, last
        Places and heights of the first and the last edge [m]; the same for one edge.
    over, high
        Place and height of the receiver [m].
    """  # fmt: skip
    way = math.hypot(first_at - behind, first - low)
    way += math.hypot(last_at - first_at, last - first)
    way += math.hypot(over - last_at, high - last)
    return way - math.hypot(over - behind, high - low)


@compiled
def edge_scale(length: float, apart: float) -> float:
    """How fast the loss over edges grows with the longer way, 40 C"/lambda [1/m] (2.5.21, 2.5.23).

    Parameters
    ----------
    length
        Wave length [m].
    apart
        Distance between the first and the last edge [m].
    """
    if apart <= EDGE_GAP:
        return 40.0 / length
    ratio = 5.0 * length / apart
    ratio *= ratio
    return 40.0 / length * (1.0 + ratio) / (1.0 / 3.0 + ratio)


@compiled
def edge_loss(scale: float, extra: float) -> float:
    """Energy before an edge over that behind it, 1 at least (equation 2.5.21).

    Parameters
    ----------
    scale
        Of `edge_scale` [1/m].
    extra
        How much longer the way over the edges is [m].
    """
    return max(3.0 + scale * extra, 1.0)


@compiled
def straight(
    table: NDArray[np.float64],
    over: float,
    low: float,
    high: float,
    mean: float,
    at_source: float,
    gain: NDArray[np.float64],
) -> None:
    """Write the energy that arrives on a free way, over that without air and ground.

    Parameters
    ----------
    table : (6, bands)
        Of `Bands`.
    over
        Way over the ground [m].
    low, high
        Heights of source and receiver [m].
    mean, at_source
        Ground factors of the way and at the source [1].
    gain : (bands,)
        Is written.
    """  # fmt: skip
    way = math.hypot(over, high - low)
    over = max(over, NEAREST)
    used = near_source(mean, over, low + high, at_source)
    power, most = ground_bounds(used)
    for number in range(len(gain)):
        ground = ground_gain(
            table[0, number], table[3, number], table[4, number], table[5, number],
            over, low, high, mean, power, most,
        )  # fmt: skip
        gain[number] = ground * math.exp(-table[2, number] * way)


@compiled
def shielded(
    table: NDArray[np.float64],
    over: float,
    low: float,
    high: float,
    first_at: float,
    first: float,
    last_at: float,
    last: float,
    before: float,
    after: float,
    at_source: float,
    gain: NDArray[np.float64],
) -> None:
    """Write the energy that arrives over edges, over that without air, ground and edges.

    Equations 2.5.30 to 2.5.34: the edges and the ground on both sides of them.

    Parameters
    ----------
    table, over, low, high, at_source, gain
        As in `straight`.
    first_at, first, last_at, last
        Places along the way and heights of the first and the last edge [m].
    before, after
        Ground factors before the first and behind the last edge [1].
    """  # fmt: skip
    way = math.hypot(over, high - low)
    apart = math.hypot(last_at - first_at, last - first)
    extra = over_edge(0.0, low, first_at, first, last_at, last, over, high)
    from_image = over_edge(0.0, -low, first_at, first, last_at, last, over, high)
    to_image = over_edge(0.0, low, first_at, first, last_at, last, over, -high)
    rise = max(first_at, NEAREST)
    fall = max(over - last_at, NEAREST)
    power, most = ground_bounds(near_source(before, rise, low + first, at_source))
    power_after, most_after = ground_bounds(after)
    for number in range(len(gain)):
        wave, length, air = table[0, number], table[1, number], table[2, number]
        soft, softer, softest = table[3, number], table[4, number], table[5, number]
        scale = edge_scale(length, apart)
        loss = edge_loss(scale, extra)
        rising = math.sqrt(
            ground_gain(wave, soft, softer, softest, rise, low, first, before, power, most)
        )
        falling = math.sqrt(
            ground_gain(
                wave, soft, softer, softest, fall, last, high, after, power_after, most_after
            )
        )
        rising = 1.0 + (rising - 1.0) * math.sqrt(loss / edge_loss(scale, from_image))
        falling = 1.0 + (falling - 1.0) * math.sqrt(loss / edge_loss(scale, to_image))
        gain[number] = rising * rising * falling * falling / min(loss, EDGE_MOST)
        gain[number] *= math.exp(-air * way)

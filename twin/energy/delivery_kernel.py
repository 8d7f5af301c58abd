"""Hours of houses from heat and cold to electricity: heat pumps, cooling units, sun and battery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.compiled import bare, compiled
from twin.energy.self_use import dispatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

PUMP, DIRECT, RISE, COVER, PUMP_WATER, DIRECT_WATER = range(6)
HOT_WATER, APPLIANCES, PV, BATTERY = range(6, 10)
CONSTANTS: Final = 10
"""Columns of a house: share of its room heat by heat pump [1], electricity by room heat otherwise
[1], rise of the flow [1], heat of the pump by the largest hour [1], the first two for hot water;
useful hot water and electricity of appliances [kWh/a]; modules [kW]; battery [kWh]."""

SOURCE, WATER_SHAPE, USE_SHAPE, COOLER, SUN, COUNTED = range(6)
NUMBERS: Final = 6
"""Whole numbers of a house: source of its pump, shapes of hot water and of appliances, kind of
cooling, row of the sun on its modules, whether it belongs to the load of the town."""

OUTDOOR, HOURS = range(2)

HEAT, COLD, WATER = range(3)
USED, BOUGHT = 3, 7
"""First of four columns each: electricity for heat, hot water, cold and appliances, and what of it
was bought."""
PUMP_HEAT, PUMP_POWER, BACKUP, PUMP_WATER_HEAT, PUMP_WATER_POWER = range(11, 16)
MADE, DIRECTLY, TAKEN, GIVEN, SOLD, STORED = range(16, 22)
PEAK_BOUGHT, PEAK_SOLD, PEAK_HEAT = range(22, 25)
BAND: Final = 25
BANDS: Final = 3
"""Bands of price within a day and week at most."""
FIGURES: Final = BAND + BANDS
"""Columns of the result: energies [W h], peaks [W]; the last ones what was bought by band."""

ENDS: Final = 4
LOAD_MADE, LOAD_SOLD, LOAD_HEAT = range(ENDS, 7)
LOADS: Final = 7
"""Rows of the load of the town: electricity bought for each end use, made by modules, sold; heat of
rooms and water."""

LIFT, LEAST = 1, 2
"""Columns of `limits` after the end of the heating curve."""

WARMTH, CHILL, HOT, BY_PUMP, POWER, REST, PUMP_HOT, POWER_HOT = range(4, 12)
STEP: Final = 12
PUMP_POWERS: Final = 5
"""Powers of one step: the four end uses, then heat and cold of the rooms, hot water, and the parts
of the heat pump [W]."""


@bare
def pump_power(heat: float, lift: float, curve: Floats, limits: Floats) -> float:
    """Electricity of a heat pump [W]; `curve` are its coefficients, see `heat_pumps.cop`."""
    lift = max(lift, limits[LIFT])
    ratio = float(curve[0] + lift * (curve[1] + lift * curve[2]))
    return heat / max(ratio, float(limits[LEAST]))


@compiled
def years(
    first: int,
    last: int,
    heat: NDArray[np.floating],
    cold: NDArray[np.floating],
    constants: Floats,
    numbers: Whole,
    solar: Floats,
    air: Floats,
    sources: Floats,
    water: Floats,
    coolers: Floats,
    months: Whole,
    bands: Whole,
    shapes: Floats,
    sun: Floats,
    curves: Floats,
    limits: Floats,
    battery: Floats,
    figures: Floats,
    monthly: Floats,
    load: Floats,
) -> None:
    """Work out houses `first` to before `last`.

    Parameters
    ----------
    heat, cold : (houses, steps)
        Heat and cold that the rooms need [W]; no column in `cold` means none.
    constants, numbers
        (houses, `CONSTANTS`) and (houses, `NUMBERS`).
    solar : (houses, 12)
        Share of the hot water that the sun heats, by month [1].
    air : (2, steps)
        Outside temperature [degC] and length of the step [h].
    sources : (3, steps)
        Temperature of the sources of heat pumps [degC].
    water : (3, steps)
        Heat by electricity of a pump that heats water [1].
    coolers : (kinds, steps)
        Cold by electricity [1].
    months, bands : (steps,)
        0 to 11, and band of the price.
    shapes : (kinds, steps)
        Power by yearly energy [W / (kWh/a)].
    sun : (rows, steps)
        Power of a kilowatt of modules [W/kW].
    curves : (3, 3)
        Coefficients of heat pumps by source.
    limits : (3,)
        End of the heating curve [degC], least lift [K], least coefficient of performance [1].
    battery
        Of `self_use.settings`.
    figures, monthly, load
        Written: (houses, `FIGURES`); (houses, 2, 12) bought and sold [W h]; (`LOADS`, steps) added
        to by the houses that count [W].
    """
    use = np.empty(STEP)
    for house in range(first, last):
        row, real, whole = figures[house], constants[house], numbers[house]
        row[:] = 0.0
        monthly[house, :, :] = 0.0
        largest, stored = 0.0, 0.0
        for step in range(heat.shape[1]):
            largest = max(largest, heat[house, step])
        source, kind = whole[SOURCE], whole[COOLER]
        cooled = cold.shape[1] > 0 and kind > 0
        for step in range(heat.shape[1]):
            hours, month = air[HOURS, step], months[step]
            use[WARMTH] = heat[house, step]
            use[CHILL] = cold[house, step] if cooled else 0.0
            use[HOT] = real[HOT_WATER] * shapes[whole[WATER_SHAPE], step]
            use[HOT] *= 1.0 - solar[house, month]
            use[2] = use[CHILL] / coolers[kind, step]
            use[3] = real[APPLIANCES] * shapes[whole[USE_SHAPE], step]
            supply(
                use, real, largest, air[OUTDOOR, step], sources[source, step],
                water[source, step], curves[source], limits,
            )  # fmt: skip
            made = real[PV] * sun[whole[SUN], step]
            bought, sold, stored = trade(
                use, made, stored, real[BATTERY] * 1000.0, battery, hours, row
            )
            row[BAND + bands[step]] += bought * hours
            monthly[house, 0, month] += bought * hours
            monthly[house, 1, month] += sold * hours
            if whole[COUNTED] > 0:
                add_load(load, step, use, bought, made, sold)
        row[STORED], row[PEAK_HEAT] = stored, largest


@bare
def add_load(load: Floats, step: int, use: Floats, bought: float, made: float, sold: float) -> None:
    """Add one step of a house to the load of the town; see `LOADS`."""
    total = use[0] + use[1] + use[2] + use[3]
    part = bought / total if total > 0.0 else 0.0
    for end in range(ENDS):
        load[end, step] += part * use[end]
    load[LOAD_MADE, step] += made
    load[LOAD_SOLD, step] += sold
    load[LOAD_HEAT, step] += use[WARMTH] + use[HOT]


@bare
def supply(
    use: Floats,
    real: Floats,
    largest: float,
    outdoor: float,
    source: float,
    water: float,
    curve: Floats,
    limits: Floats,
) -> None:
    """Electricity for the heat of rooms and water of one step, written into `use`.

    Parameters
    ----------
    use
        Of `STEP`; what the rooms and the water need stands in it.
    real
        Constants of the house.
    largest
        Heat of its largest hour [W].
    outdoor, source
        Temperature of the air and of the source of its pump [degC].
    water
        Heat by electricity of a pump that heats water [1].
    curve, limits
        See `years`.
    """
    by_pump = real[PUMP] * min(use[WARMTH], real[COVER] * largest)
    rest = real[PUMP] * use[WARMTH] - by_pump
    flow = limits[0] + real[RISE] * max(limits[0] - outdoor, 0.0)
    power = pump_power(by_pump, flow - source, curve, limits)
    pump_hot = real[PUMP_WATER] * use[HOT]
    use[0] = power + rest + real[DIRECT] * use[WARMTH]
    use[1] = pump_hot / water + real[DIRECT_WATER] * use[HOT]
    use[BY_PUMP], use[POWER], use[REST] = by_pump, power, rest
    use[PUMP_HOT], use[POWER_HOT] = pump_hot, pump_hot / water


@bare
def trade(
    use: Floats,
    made: float,
    stored: float,
    capacity: float,
    battery: Floats,
    hours: float,
    row: Floats,
) -> tuple[float, float, float]:
    """Use, store, sell and buy in one step, and add it up.

    Parameters
    ----------
    use
        Of `STEP`, complete.
    made
        Of the own modules [W].
    stored, capacity
        Of the battery [W h].
    battery, hours
        See `self_use.dispatch`.
    row
        Figures of the house, added to.

    Returns
    -------
    bought, sold, stored
        [W, W, W h].
    """
    total = use[0] + use[1] + use[2] + use[3]
    at_once = min(total, made)
    charge, discharge, stored = dispatch(
        made - at_once, total - at_once, stored, capacity, battery, hours
    )
    sold, bought = made - at_once - charge, total - at_once - discharge
    part = bought / total if total > 0.0 else 0.0
    for end in range(ENDS):
        row[USED + end] += use[end] * hours
        row[BOUGHT + end] += part * use[end] * hours
    row[HEAT] += use[WARMTH] * hours
    row[COLD] += use[CHILL] * hours
    row[WATER] += use[HOT] * hours
    for number in range(PUMP_POWERS):
        row[PUMP_HEAT + number] += use[BY_PUMP + number] * hours
    row[MADE] += made * hours
    row[DIRECTLY] += at_once * hours
    row[TAKEN] += charge * hours
    row[GIVEN] += discharge * hours
    row[SOLD] += sold * hours
    row[PEAK_BOUGHT] = max(row[PEAK_BOUGHT], bought)
    row[PEAK_SOLD] = max(row[PEAK_SOLD], sold)
    return bought, sold, stored

"""Time for the supply of a town: heat pumps, cooling, own sun with battery by the hour, and bills.

CPU time of one core, for as many buildings as Liechtenstein has, heat and cold of the rooms given.
"""

from __future__ import annotations

from tests.bench.frame import Row, at_most, measured

BUILDINGS = 14_036
PART = 2_048
"""Buildings that are measured at a time; arrays of all of them and all hours need 1 GB each."""
SECONDS = 8.0
BILL_SECONDS = 2.0

GIVEN = """
from types import SimpleNamespace
import numpy as np, pandas as pd
from twin import tariffs
from twin.energy import delivery, facade_sun, supply
from twin.energy.parameters import energy_parameters
parameters, count, hours = energy_parameters("LI"), {count}, 8760
chosen = np.random.default_rng(0)
times = pd.date_range("2023-01-01", periods=hours, freq="h")
turn = 2.0 * np.pi * np.arange(hours) / 24.0
outdoor = 8.0 - 10.0 * np.cos(turn / 365.0) + 3.0 * np.sin(turn)
light = np.maximum(np.sin(turn - 1.5), 0.0) * 600.0
weather = SimpleNamespace(
    times=times, temperature=outdoor, ground=np.full(hours, 9.0),
    months=times.month.to_numpy().astype(np.int64) - 1,
    sun=facade_sun.sky(times, (47.1, 9.5, 450.0), (np.zeros(hours), light, light)),
)
steps = supply.hours(weather, "Europe/Vaduz", "ES")
kinds = [*parameters.systems.index, "mix"]
houses = pd.DataFrame(
    {{"heating": chosen.choice(kinds, count), "use": chosen.choice(["house", "office"], count),
      "pv": chosen.choice([0.0, 8.0], count), "battery": chosen.choice([0.0, 10.0], count),
      "solar_thermal": chosen.choice([0.0, 5.0], count)}},
    index=[f"w{{number}}" for number in range(count)],
)
water = pd.Series(1500.0, houses.index)
power = pd.DataFrame({{"appliances": 2000.0, "lighting": 300.0, "cooking": 300.0}}, houses.index)
homes = supply.homes(SimpleNamespace(buildings=houses), parameters, steps, water=water, power=power)
heat = np.maximum(20.0 - outdoor, 0.0) * chosen.uniform(100.0, 300.0, count)[:, None]
cold = np.maximum(outdoor - 22.0, 0.0) * np.full((count, 1), 100.0)
sun = light[None]
found = delivery.year(heat[:8], cold[:8], homes.part(0, 8), steps, sun=sun)
"""
WORK = "found = delivery.year(heat, cold, homes, steps, sun=sun, threads=1)"
TELL = '{"residual": found.residual}'
BILLED = (
    GIVEN
    + """
rows = chosen.uniform(0.0, 2e4, ({all}, 4))
energy = pd.DataFrame(rows, columns=["electricity", "natural_gas", "district_heating", "biomass"])
dwellings, table = pd.Series(chosen.integers(1, 9, {all}).astype(float)), tariffs.load("ES")
"""
)
BILL = "paid = tariffs.bill(energy, dwellings, table)"


def rows(quick: bool) -> list[Row]:
    """CPU time for the town, and electricity that does not close."""
    count = 64 if quick else PART
    figures = measured(GIVEN.format(count=count), WORK, TELL)
    seconds = figures["cpu"] * BUILDINGS / count
    billed = measured(BILLED.format(count=8, all=BUILDINGS), BILL)
    name = f"supply of {BUILDINGS:,} buildings by the hour (pumps, cooling, collectors, modules, batteries)"
    first = (
        Row(f"{name}: CPU", seconds, "s")
        if quick
        else at_most(f"{name}: CPU of one core", seconds, "s", SECONDS)
    )
    return [
        first,
        at_most(f"{name}: electricity that does not close", figures["residual"] * 1e9, "1e-9", 1.0),
        at_most(f"bills of {BUILDINGS:,} buildings: CPU", billed["cpu"], "s", BILL_SECONDS),
    ]

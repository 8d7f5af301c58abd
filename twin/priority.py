"""Which houses first: saving, money and comfort side by side, with how sure the order is.

Two goals pull apart: what pays for itself, and what avoids many tonnes. So houses are ordered in two
classes. Those whose package earns its money back go by the tonnes that they avoid, since a cost by
tonne below zero ranks backwards. The others go by what a tonne costs them. Comfort, energy poverty
and readiness stand beside the order and never inside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import tables
from twin import finance, tariffs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.packages import Packages

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NOTHING: Final = -1
"""Package of a house for which none is recommended."""
PAYS, COSTS, IDLE = "pays for itself", "costs money", "no saving"
"""Classes of houses, in the order in which they are ranked."""
P10, P90 = 0.1, 0.9


@dataclass(frozen=True)
class Money:
    """How money is reckoned with.

    Parameters
    ----------
    terms
        Discount rate and years of the owner.
    granted
        Share of the investment that a grant pays [1].
    growth
        Real growth of energy prices [1/a].
    """

    terms: finance.Terms
    granted: float
    growth: float


@dataclass(frozen=True)
class Ranking:
    """What is recommended for each house, and in which order.

    Parameters
    ----------
    option : (houses,)
        Column of the recommended package, or `NOTHING`.
    worth : (houses, packages) [EUR]
        Net present value to the owner.
    table
        By house, in the order of the ranking: rank [1], status (pays for itself, costs money, no
        saving), saving_kwh [kWh/a], saving_t [tCO2e/a], saving_eur [EUR/a] each with _p10 and
        _p90, tonnes [tCO2e in all years], cost, cost_low, cost_high, grant [EUR], value [EUR],
        eur_per_t [EUR/t] (only where the ratio ranks anything), comfort [kWh/a], stability (share
        of draws in which the house is among the first hundred [1]).
    stable
        Mean share of draws in which one of the first hundred stays among them [1].
    """

    option: Ints
    worth: Floats
    table: pd.DataFrame
    stable: float


def figures() -> Mapping[str, float]:
    """Figures of the ranking by key, in the units of twin/data/priority.csv."""
    return tables.figures("priority", "twin.data")


def least(found: Packages) -> Floats:
    """Fewest tonnes of all years that count as a saving, by house, (houses,) [tCO2e]."""
    share = figures()["least.share"]
    return np.asarray(np.maximum(share * found.before["co2"].to_numpy() * found.years, 1e-9))


def recommended(worth: Floats, tonnes: Floats, floor: Floats) -> Ints:
    """Package for each house: of those that pay for themselves the one with most tonnes.

    Where none pays, the one that costs least by tonne; none where nothing is saved.

    Parameters
    ----------
    worth : (houses, packages) [EUR]
        Net present value; NaN where a package does not fit.
    tonnes : (houses, packages) [t]
        Avoided.
    floor : (houses,) [t]
        Fewest tonnes that count.
    """
    counts = np.isfinite(worth) & (tonnes >= floor[:, None])
    pays = counts & (worth >= 0.0)
    most = np.where(pays, tonnes, -np.inf)
    ratio = np.where(counts & ~pays, -worth / np.where(counts, tonnes, 1.0), np.inf)
    chosen = np.where(pays.any(axis=1), most.argmax(axis=1), ratio.argmin(axis=1))
    return np.where(counts.any(axis=1), chosen, NOTHING)


def ranks(worth: Floats, tonnes: Floats, floor: Floats) -> Ints:
    """Rank of each house from 1, its two classes one after the other, (..., houses).

    Parameters
    ----------
    worth : (..., houses) [EUR]
        Net present value of the recommended package; NaN where there is none.
    tonnes : (..., houses) [t]
        What it avoids.
    floor : (houses,) [t]
        Fewest tonnes that count.
    """
    idle = ~(np.isfinite(worth) & (tonnes >= floor))
    pays = ~idle & (worth >= 0.0)
    group = np.where(pays, 0, np.where(idle, 2, 1))
    safe = np.where(idle, 1.0, tonnes)
    key = np.where(pays, -safe, np.where(idle, 0.0, -np.where(idle, 0.0, worth) / safe))
    order = np.lexsort((key, group), axis=-1)
    found = np.empty(order.shape, dtype=np.int64)
    np.put_along_axis(found, order, np.broadcast_to(np.arange(1, order.shape[-1] + 1), order.shape), axis=-1)  # fmt: skip
    return found


def rank(found: Packages, money: Money, *, draws: int | None = None, seed: int = 0) -> Ranking:
    """Recommend a package for each house and order the houses.

    Parameters
    ----------
    found
        Of `twin.packages.evaluate`.
    money
        Terms, grant and growth.
    draws
        How many times inputs are drawn [1]; by default as in priority.csv.
    seed
        Of the random numbers; the same seed gives the same shares to the last bit.
    """
    worth = found.worth(money.terms, money.granted, money.growth)
    floor = least(found)
    option = recommended(worth, found.figures["tonnes"], floor)
    picked = {
        name: pick(table, option) for name, table in {**found.figures, "worth": worth}.items()
    }
    place = ranks(picked["worth"], picked["tonnes"], floor)
    drawn = _Drawn.of(found, picked, money, draws or int(figures()["draws"]), seed)
    top = min(int(figures()["top"]), int((option != NOTHING).sum()))
    often = np.zeros(len(option))
    for number in range(drawn.count):
        tonnes, value = drawn.world(number)
        often += ranks(value, tonnes, floor) <= top
    stability = often / drawn.count
    table = _table(found, picked, money, floor, drawn)
    table.insert(0, "rank", place)
    table["stability"] = stability
    ordered = table.sort_values("rank", kind="stable")
    stable = float(stability[place <= top].mean()) if top else float("nan")
    return Ranking(option, worth, ordered, stable)


def pick(table: Floats, option: Ints) -> Floats:
    """Values of one package by row, NaN where there is none, (houses,)."""
    rows = np.arange(len(option))
    return np.where(option == NOTHING, np.nan, table[rows, np.maximum(option, 0)])


@dataclass(frozen=True)
class _Drawn:
    """Possible worlds of the recommended packages: factors on savings, prices and costs.

    `earning` is what a yearly saving of 1 is worth over all years.
    """

    count: int
    saving: Floats
    price: Floats
    cost: Floats
    picked: Mapping[str, Floats]
    earning: float

    @classmethod
    def of(
        cls, found: Packages, picked: Mapping[str, Floats], money: Money, count: int, seed: int
    ) -> _Drawn:
        """Draw the factors; each house has its own numbers whatever the others are."""
        given = figures()
        random = np.random.default_rng(seed)
        size = (count, len(found.index))
        need = np.sqrt(np.log1p(found.before["spread"].to_numpy() ** 2))
        saving = _lognormal(random.standard_normal(size) * need)
        saving *= _lognormal(random.standard_normal((count, 1)) * given["spread.common"])
        price = _lognormal(random.standard_normal((count, 1)) * given["spread.prices"])
        wide = np.log(np.maximum(picked["high"], 1e-9) / np.maximum(picked["low"], 1e-9))
        wide = np.nan_to_num(wide / (2.0 * tariffs.NORMAL_P90))
        shared = given["cost.common"]
        own = random.standard_normal(size) * np.sqrt(1.0 - shared)
        both = random.standard_normal((count, 1)) * np.sqrt(shared)
        # What a unit of yearly saving is worth, from the same flows as the value itself.
        flows = finance.price_path(1.0, money.growth, money.terms.years)
        factor = float(finance.net_present_value(np.concatenate([[0.0], flows]), money.terms.rate))
        return cls(count, saving, price, _lognormal((own + both) * wide), picked, factor)

    def world(self, number: int) -> tuple[Floats, Floats]:
        """Tonnes and value of the recommended packages in one world, (houses,)."""
        saving, price, cost = self.saving[number], self.price[number], self.cost[number]
        picked = self.picked
        earned = picked["bill"] * self.earning
        value = picked["worth"] + earned * (saving * price - 1.0)
        paid = earned - picked["worth"]
        return picked["tonnes"] * saving, value - paid * (cost - 1.0)

    def band(self, name: str) -> tuple[Floats, Floats]:
        """Tenth and ninetieth percentile of a yearly saving."""
        factor = self.saving * self.price if name == "bill" else self.saving
        low, high = np.quantile(factor, [P10, P90], axis=0)
        ends = np.stack([self.picked[name] * low, self.picked[name] * high])
        return ends.min(axis=0), ends.max(axis=0)


def _lognormal(deviation: Floats) -> Floats:
    """Factors with a median of 1."""
    return np.exp(deviation)


def _table(
    found: Packages, picked: Mapping[str, Floats], money: Money, floor: Floats, drawn: _Drawn
) -> pd.DataFrame:
    idle = ~(np.isfinite(picked["worth"]) & (picked["tonnes"] >= floor))
    pays = ~idle & (picked["worth"] >= 0.0)
    columns: dict[str, NDArray[np.generic]] = {
        "status": np.where(pays, PAYS, np.where(idle, IDLE, COSTS)),
    }
    for name, column in (("energy", "saving_kwh"), ("co2", "saving_t"), ("bill", "saving_eur")):
        low, high = drawn.band(name)
        columns |= {column: picked[name], f"{column}_p10": low, f"{column}_p90": high}
    columns |= {
        "tonnes": picked["tonnes"],
        "cost": picked["amount"],
        "cost_low": picked["low"],
        "cost_high": picked["high"],
        "grant": finance.grant(picked["amount"], money.granted),
        "value": picked["worth"],
        "eur_per_t": _by_tonne(picked, floor),
        "comfort": picked["comfort"],
    }
    return pd.DataFrame(columns, index=found.index)


def _by_tonne(picked: Mapping[str, Floats], floor: Floats) -> Floats:
    """Cost of a tonne where it is above zero and rests on a real saving."""
    enough = np.where(picked["tonnes"] >= floor, picked["tonnes"], 0.0)
    return finance.abatement_cost(-picked["worth"], enough, float(floor.min(initial=1.0)))

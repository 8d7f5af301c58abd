"""Which houses first: saving, money and comfort side by side, with how sure the order is.

Two goals pull apart: what pays for itself, and what avoids many tonnes. So houses are ordered in
classes: those whose package surely earns its money back or may, and those where it costs money. The
first go by the tonnes that they avoid, since a cost by tonne below zero ranks backwards and one
about zero ranks nothing; the others by what a tonne costs them. What all houses share (prices, the market of
offers) makes a class sure or not; it does not shuffle houses. Comfort, energy poverty and readiness
stand beside the order and never inside it.

No single rank is sure, so each house has the range of its ranks over the draws, and one of three
words for the first hundred: surely, perhaps, no (Goldstein and Spiegelhalter 1996).
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
PAYS, MAY, COSTS, IDLE = (
    "pays for itself", "may pay for itself", "costs money", "no saving"
)  # fmt: skip
"""Classes of houses, in the order in which they are ranked."""
CLASSES: Final = (PAYS, MAY, COSTS, IDLE)
SURELY, PERHAPS, NO = "surely", "perhaps", "no"
"""Whether a house is among the first."""
CITATIONS: Final = (
    (
        "Goldstein, H., Spiegelhalter, D. J. (1996): League tables and their limitations. Journal "
        "of the Royal Statistical Society A 159, 385-443"
    ),
)
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
        By house, in the order of the ranking: rank, rank_p10, rank_p90 [1], first (surely, perhaps,
        no: whether it is among the first hundred), status (pays for itself, may pay for itself,
        costs money, no saving), pays (share of draws in which it pays for itself [1]), saving_kwh [kWh/a], saving_t [tCO2e/a], saving_eur [EUR/a] each with _p10 and
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


def classes(worth: Floats, tonnes: Floats, floor: Floats, pays: Floats) -> Ints:
    """Class of each house as its place in `CLASSES`, (houses,).

    Parameters
    ----------
    worth : (houses,) [EUR]
        Net present value of the recommended package; NaN where there is none.
    tonnes, floor : (houses,) [t]
        What it avoids, and the fewest that count.
    pays : (houses,) [1]
        Share of draws in which it pays for itself.
    """
    sure = figures()["sure.pays"]
    idle = ~(np.isfinite(worth) & (tonnes >= floor))
    found = np.where(pays >= sure, 0, np.where(pays > 1.0 - sure, 1, 2))
    return np.where(idle, 3, found)


def ranks(group: Ints, worth: Floats, tonnes: Floats) -> Ints:
    """Rank of each house from 1, (..., houses): what pays or may, what costs money, the rest.

    Parameters
    ----------
    group : (houses,)
        Of `classes`.
    worth : (..., houses) [EUR]
        Net present value of the recommended package; NaN where there is none.
    tonnes : (..., houses) [t]
        What it avoids.
    """
    by_tonne = CLASSES.index(COSTS)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        key = np.where(group < by_tonne, -tonnes, -worth / np.where(tonnes > 0.0, tonnes, np.nan))
    # Where a draw leaves no saving a tonne cannot be bought at any price.
    key = np.where(group > by_tonne, 0.0, np.nan_to_num(key, nan=np.inf))
    # What surely pays and what may are ordered together: between them lies no edge but a shade.
    order = np.lexsort((key, np.broadcast_to(np.maximum(group, 1), key.shape)), axis=-1)
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
    drawn = _Drawn.of(found, picked, money, draws or int(figures()["draws"]), seed)
    earning = [drawn.world(number)[1] >= 0.0 for number in range(drawn.count)]
    pays = np.mean(earning, axis=0)
    group = classes(picked["worth"], picked["tonnes"], floor, pays)
    place = ranks(group, picked["worth"], picked["tonnes"])
    places = np.empty((drawn.count, len(option)), dtype=np.int32)
    for number in range(drawn.count):
        tonnes, value = drawn.world(number)
        places[number] = ranks(group, value, tonnes)
    top = min(int(figures()["top"]), int((option != NOTHING).sum()))
    stability = (places <= top).mean(axis=0)
    told = {
        "rank": place, **_range(places), "first": _first(stability),
        "status": np.array(CLASSES, dtype=object)[group], "pays": pays,
    }  # fmt: skip
    table = pd.DataFrame(told, index=found.index).join(_table(found, picked, money, floor, drawn))
    table["stability"] = stability
    ordered = table.astype({"first": "str", "status": "str"}).sort_values("rank", kind="stable")
    stable = float(stability[place <= top].mean()) if top else float("nan")
    return Ranking(option, worth, ordered, stable)


def _range(places: NDArray[np.int32]) -> dict[str, Ints]:
    """Tenth and ninetieth percentile of the ranks of each house over the draws."""
    low = np.quantile(places, P10, axis=0, method="lower")
    high = np.quantile(places, P90, axis=0, method="higher")
    return {"rank_p10": low.astype(np.int64), "rank_p90": high.astype(np.int64)}


def _first(stability: Floats) -> NDArray[np.object_]:
    sure = figures()["sure.first"]
    words = np.where(stability >= sure, SURELY, np.where(stability > 1.0 - sure, PERHAPS, NO))
    return words.astype(object)


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
    columns: dict[str, NDArray[np.generic]] = {}
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

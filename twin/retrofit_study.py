"""Which houses to renovate first, with what, for whose money: the whole study behind `twin retrofit`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers.errors import InputError
from layers.schema import silent
from twin import (
    abatement,
    attribution,
    communities,
    energy_poverty,
    finance,
    packages,
    planning,
    portfolio,
    priority,
    protection,
    renovation,
    retrofit_after,
    retrofit_money,
    tariffs,
)
from twin.priority import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from layers.schema import Progress
    from twin.city import City
    from twin.ledger import Ledger
    from twin.packages import Packages
    from twin.priority import Money, Ranking
    from twin.result import Result

OWNER: Final = "owner"
KILO: Final = 1000.0
CITATIONS: Final = (
    *finance.CITATIONS, *portfolio.CITATIONS, *planning.CITATIONS, *attribution.CITATIONS,
    *priority.CITATIONS,
)  # fmt: skip
LIMITS: Final = (
    (
        "Savings are those of houses as they are lived in. What a certificate or a grant would "
        "count more is called comfort: warmer rooms, not money."
    ),
    (
        "The draws behind ranges and stability know the spread of the heat need, of offers and of "
        "energy prices; what the model leaves out is not in them."
    ),
    "The spread of the heat need is taken for all savings, those by solar modules too.",
    "Heating that is not known takes the country's mix: there the order tells little of one house.",
    "Without works houses stay as they are, and so does their heating.",
    "Figures of single houses are for those who work on them, not for publication.",
)


@dataclass(frozen=True)
class Budget:
    """Money that may be spent.

    Parameters
    ----------
    amount
        In each year [EUR]: grants where a grant is paid, else investments.
    years
        Number of years [a].
    quotas
        Least share of all the money [1] by name of an area inside the place.
    """

    amount: float
    years: int
    quotas: Mapping[str, float]


@dataclass(frozen=True)
class Chosen:
    """What a budget pays for.

    Parameters
    ----------
    option, year : (houses,)
        Package and number of the year from 0; -1 where nothing is done.
    cost
        Money of the budget that is spent by year [EUR].
    tonnes
        Avoided within the years looked at [tCO2e].
    gap
        How far from the best possible at most [1].
    price
        Tonnes that the last thousand euros avoid [tCO2e]; NaN for several years.
    """

    option: NDArray[np.int64]
    year: NDArray[np.int64]
    cost: NDArray[np.float64]
    tonnes: float
    gap: float
    price: float


@dataclass(frozen=True)
class Study:
    """Everything that `twin retrofit` tells.

    Parameters
    ----------
    packages, ranking
        What can be done, and what is recommended in which order.
    money, budget
        As asked for.
    chosen
        What the budget pays for; None without one.
    table
        By house, in the order of the ranking: that of the ranking with package, chosen package and
        year, street, street_of_works, decider, permission (allowed, or unknown where one of the
        recommended works needs a permission that nobody has told of; chosen_permission: of the
        chosen works), built [a], same_street [1] (houses of
        the street with the same package) and the monthly sums of `twin.communities`.
    works
        Streets of works.
    curve
        Marginal abatement curve.
    sections
        Energy poverty by census section; empty without incomes.
    persuade
        How many of each kind of decider have to agree to what is recommended or chosen.
    book
        Ledger of what is recommended or chosen: every investment, grant and upkeep leads back to a
        house.
    limits
        Plain sentences.
    after
        Run of the City with what is recommended or chosen, with its load in each hour.
    bills
        Of `retrofit_after.by_group`.
    """

    packages: Packages
    ranking: Ranking
    money: Money
    budget: Budget | None
    chosen: Chosen | None
    table: pd.DataFrame
    works: pd.DataFrame
    curve: pd.DataFrame
    sections: pd.DataFrame
    persuade: Mapping[str, int]
    book: Ledger
    limits: tuple[str, ...]
    after: Result
    bills: pd.DataFrame

    @property
    def option(self) -> NDArray[np.int64]:
        """Package of each house: chosen under the budget, or recommended without one."""
        return self.ranking.option if self.chosen is None else self.chosen.option


def run(
    city: City,
    names: Sequence[str] = packages.USUAL,
    *,
    granted: float = 0.0,
    budget: Budget | None = None,
    years: int | None = None,
    growth: float | None = None,
    draws: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Study:
    """Study which houses to renovate first.

    Parameters
    ----------
    city
        The City as it is.
    names
        Parts that packages are made of, of retrofit_parts.csv.
    granted
        Share of investments that a grant pays [1].
    budget
        Money that may be spent; without it all that is recommended.
    years
        Years over which money and tonnes count [a]; by default those of finance.csv.
    growth
        Real growth of energy prices [1/a]; by default that of priority.csv.
    draws, seed
        Draws of inputs, and the seed of their random numbers.
    progress
        Told the stage and the share done.

    Raises
    ------
    InputError
        If an input cannot be used, or a budget cannot meet its quotas.
    NotComputedError
        If the energy of houses cannot be computed.
    """
    tell = progress or silent
    terms = finance.terms(city.country, OWNER, years)
    rise = priority.figures()["growth"] if growth is None else growth
    money = priority.Money(terms, granted, rise)
    found = packages.evaluate(
        city, names, years=terms.years, progress=partial(_part, tell)
    )  # fmt: skip
    tell("ranking", 0.9)
    ranking = priority.rank(found, money, draws=draws, seed=seed)
    tell("choosing under the budget", 0.93)
    chosen = None if budget is None else choose(city, found, money, budget)
    option = ranking.option if chosen is None else chosen.option
    tell("streets of works", 0.94)
    of, works = renovation.clusters(city, found, ranking)
    use = city.buildings.loc[found.index, "use"]
    picked = found.index[option != NOTHING]
    euro = tariffs.euro(tariffs.load(city.country, city.prices))
    table = _table(city, found, ranking, money, chosen, of)
    after = retrofit_after.outcome(
        city, found, option, lambda stage, done: tell(stage, 0.94 + 0.06 * done)
    )
    offers = [found.at(end).worth(terms, granted, rise) for end in ("low", "high")]
    return Study(
        packages=found,
        ranking=ranking,
        money=money,
        budget=budget,
        chosen=chosen,
        table=table,
        works=works,
        curve=abatement.curve(found, option, ranking.worth, use, (offers[0], offers[1])),
        sections=energy_poverty.sections(city, found.base, euro),
        persuade=communities.to_persuade(city, picked),
        book=retrofit_money.book(city, found, option, money.granted, _years(city, chosen)),
        limits=(*LIMITS, *found.limits),
        after=after,
        bills=retrofit_after.by_group(city, found.base, after, euro),
    )


def _years(city: City, chosen: Chosen | None) -> NDArray[np.int64] | int:
    """Year in which each house pays: that of the plan, or the next."""
    return city.year + 1 if chosen is None else city.year + 1 + chosen.year


def _part(tell: Progress, stage: str, done: float) -> None:
    tell(stage, 0.9 * done)


def choose(city: City, found: Packages, money: Money, budget: Budget) -> Chosen:
    """Choose packages so that the money of a budget avoids many tonnes.

    Packages of later years count the tonnes of the years that are left.

    Parameters
    ----------
    city
        The City, whose boundaries name areas.
    found, money
        Packages and terms.
    budget
        What may be spent.

    Raises
    ------
    InputError
        If an area is unknown, or quotas cannot be met.
    """
    paid = found.figures["amount"]
    cost = finance.grant(paid, money.granted) if money.granted > 0.0 else paid
    floor = priority.least(found)[:, None]
    value = np.where(found.figures["tonnes"] >= floor, found.figures["tonnes"], 0.0)
    if budget.years == 1 and not budget.quotas:
        one = portfolio.choose(cost, value, budget.amount)
        year = np.where(one.option == NOTHING, NOTHING, 0)
        spent = np.array([one.cost])
        return Chosen(one.option, year, spent, one.value, one.gap, one.price * KILO)
    quotas = [
        planning.Quota(name, _inside(city, found.index, name),
                       least=share * budget.amount * budget.years)
        for name, share in budget.quotas.items()
    ]  # fmt: skip
    worth = 1.0 - np.arange(budget.years) / found.years
    many = planning.plan(
        cost, value, [budget.amount] * budget.years, quotas, worth=np.maximum(worth, 0.0).tolist()
    )  # fmt: skip
    return Chosen(many.option, many.year, many.cost, many.value, many.gap, float("nan"))


def _inside(city: City, houses: pd.Index, name: str) -> NDArray[np.bool_]:
    """Which houses stand in a named area of the City's boundaries."""
    areas = city.boundaries
    known = sorted(set(areas["name"].dropna())) if "name" in areas else []
    if name not in known:
        raise InputError(
            city.name, f"area {name}", "is not known.", f"Areas: {', '.join(known) or 'none'}."
        )
    shape = areas[areas["name"] == name].geometry.union_all()
    return np.asarray(city.buildings.loc[houses].geometry.centroid.within(shape))


def _table(
    city: City,
    found: Packages,
    ranking: Ranking,
    money: Money,
    chosen: Chosen | None,
    of: pd.Series,
) -> pd.DataFrame:
    """The ranking with all that stands beside it, by house."""
    index = found.index
    frame = city.buildings.loc[index]
    titles = np.array([*found.titles, ""], dtype=object)
    street = renovation.streets(city, index)
    table = ranking.table.reindex(index)
    table.insert(1, "package", titles[ranking.option])
    if chosen is not None:
        table["chosen"] = titles[chosen.option]
        table["chosen_permission"] = _permission(frame, found, chosen.option)
        table["year"] = np.where(chosen.year == NOTHING, np.nan, city.year + 1 + chosen.year)
    same = pd.Series(1, index).groupby([street, pd.Series(ranking.option, index)])
    alike = (ranking.option != NOTHING) & (street != "").to_numpy()
    decider = communities.deciders(city).loc[index, "decider"]
    table = table.assign(
        use=frame["use"],
        built=frame["year"].round(),
        built_source=frame["year_source"],
        heating=frame["heating"],
        street=street,
        street_of_works=of.where(of >= 0).astype("float64"),
        same_street=same.transform("sum").where(alike, np.nan),
        decider=decider,
        permission=_permission(frame, found, ranking.option),
    )
    monthly = _monthly(city, found, ranking, money, decider)
    return table.join(monthly).sort_values("rank", kind="stable")


def _permission(frame: pd.DataFrame, found: Packages, option: NDArray[np.int64]) -> pd.Series:
    """Whether all works of each house's package are known to be allowed; none without works."""
    told = pd.Series(protection.ALLOWED, frame.index, dtype="str")
    for work, here in packages.works(found, option).items():
        state = protection.permission(frame, work)
        told = told.mask(here & state.eq(protection.UNKNOWN).to_numpy(), protection.UNKNOWN)
    return told.where(option != NOTHING)


def _monthly(
    city: City, found: Packages, ranking: Ranking, money: Money, decider: pd.Series
) -> pd.DataFrame:
    """What the recommended works mean for each dwelling and month."""
    index, option = found.index, ranking.option
    frame = city.buildings.loc[index]
    works = pd.DataFrame(
        {
            "amount": priority.pick(found.figures["amount"], option),
            "running": priority.pick(found.figures["running"], option),
            "saving": priority.pick(found.figures["bill"], option),
            "dwellings": frame["dwellings"],
            "area": frame["floor_area"],
            "decider": decider,
        },
        index=index,
    )
    told = communities.per_dwelling(
        works, city.country, grant=money.granted, rate=money.terms.rate, years=money.terms.years
    )
    return told[["payment", "saving", "net", "rent", "tenant_net"]].add_prefix("dwelling_")


def shown(study: Study) -> Result:
    """Result whose buildings show the study, for maps."""
    table = study.table
    status = table["status"] != priority.IDLE
    frame = pd.DataFrame(
        {
            "retrofit_rank": table["rank"].where(status).astype("float64"),
            "retrofit_co2": table["saving_t"] * KILO,
            "retrofit_saving": table["saving_eur"],
            "retrofit_cost": table["cost"],
            "retrofit_value": table["value"],
            "retrofit_eur_per_t": table["eur_per_t"],
            "retrofit_comfort": table["comfort"],
            "retrofit_stability": table["stability"],
            "protection_unknown": table["permission"].eq(protection.UNKNOWN).astype("float64"),
        }
    )
    everyone = study.packages.base.frames["buildings"].index
    return replace(study.packages.base, frames={"buildings": frame.reindex(everyone)})

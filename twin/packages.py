"""Packages of works for houses: where they fit, what they save and cost, each worked out as a whole.

A package is a set of parts (an envelope, a heat pump, solar modules). Every set is simulated with
all its parts together, and priced in the order of the works: a heat pump behind an insulated wall is
smaller. Houses do not change each other's need, so one run of the whole stock tells a package for
every house. Nothing that a part saves alone is ever added up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from layers import tables
from layers.errors import InputError
from layers.schema import silent
from twin import bills, catalog, factors, finance, houses, simulate, sun, tariffs
from twin.energy.room_memory import Memory
from twin.errors import NotComputedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from layers.schema import Progress
    from twin.city import City
    from twin.domain import Domain
    from twin.factors import FactorSet
    from twin.intervention import Intervention
    from twin.pricing import Cost
    from twin.result import Result

    Floats = NDArray[np.float64]

ENGINES: Final = (sun.DOMAIN, houses.DOMAIN, bills.DOMAIN)
"""What of a run tells of houses."""
USUAL: Final = ("envelope", "heat_pump", "pv")
MOST: Final = 4
"""Most parts that packages are made of: up to 15 runs."""
PAYERS: Final = ("household", "company")
"""Who pays energy bills."""
EURO: Final = "EUR"
FIGURES: Final = (
    "energy", "co2", "tonnes", "bill", "heat", "comfort", "amount", "low", "high", "running",
    "yearly",
)  # fmt: skip
"""Figures of a package, see `Packages`."""


@dataclass(frozen=True)
class Part:
    """One part of packages.

    Parameters
    ----------
    name, title
        Key, and words for readers.
    group
        Parts of one group exclude each other.
    measure
        What it does to the City.
    """

    name: str
    title: str
    group: str
    measure: Intervention


@dataclass(frozen=True)
class Packages:
    """What every package does in every house; all tables (houses, packages), NaN where none fits.

    Parameters
    ----------
    index
        Heated houses inside the boundary.
    sets
        Parts of each package, in the order of the works.
    titles
        Words for each package.
    figures
        By name: energy (delivered energy saved as lived [kWh/a]), co2 [tCO2e/a] in the year of the
        run, tonnes [tCO2e] over all years along the path of the factors, bill [EUR/a], heat (heat
        need saved as lived [kWh/a]), comfort (heat need saved by standard use and not as lived
        [kWh/a]; NaN where only one use is modelled), amount, low, high [EUR], running [EUR/a],
        yearly (amount by lifetime [EUR/a]).
    before
        Of each house today: energy [kWh/a], co2 [tCO2e/a], bill [EUR/a], spread (relative standard
        deviation of the heat need [1]).
    costs
        Of each part, for all houses that it fits: currency, lifetime, payer, sources, evidence.
    base
        Run of the City as it is.
    years
        Years that `tonnes` counts [a].
    limits
        Plain sentences.
    """

    index: pd.Index
    sets: tuple[tuple[str, ...], ...]
    titles: tuple[str, ...]
    figures: Mapping[str, Floats]
    before: pd.DataFrame
    costs: Mapping[str, Cost]
    base: Result
    years: int
    limits: tuple[str, ...]

    @property
    def fits(self) -> NDArray[np.bool_]:
        """Where each package can be carried out, (houses, packages)."""
        return np.isfinite(self.figures["amount"])

    def at(self, offer: str) -> Packages:
        """The same at other offers.

        Parameters
        ----------
        offer
            ``low`` or ``high``.
        """
        amount, other = self.figures["amount"], self.figures[offer]
        share = np.divide(other, amount, out=np.ones_like(amount), where=amount > 0.0)
        more = {"amount": other, "yearly": self.figures["yearly"] * share}
        return replace(self, figures={**self.figures, **more})

    def worth(self, terms: finance.Terms, granted: float, growth: float) -> Floats:
        """Net present value of each package to the owner, (houses, packages) [EUR].

        Parameters
        ----------
        terms
            Discount rate and years.
        granted
            Share of the investment that a grant pays [1].
        growth
            Growth of what energy costs [1/a], on the basis of the terms.
        """
        fits = self.fits
        known = {name: table[fits] for name, table in self.figures.items()}
        amount = known["amount"]
        life = np.divide(
            amount, known["yearly"], out=np.full_like(amount, terms.years),
            where=known["yearly"] > 0.0,
        )  # fmt: skip
        projects = finance.Projects(
            amount, np.maximum(life, 1.0), finance.grant(amount, granted), known["bill"],
            growth, known["running"], terms.basis,
        )  # fmt: skip
        found = np.full(fits.shape, np.nan)
        found[fits] = projects.worth(terms)
        return found


def parts(names: Sequence[str]) -> list[Part]:
    """Parts by name, in the order of the works.

    Raises
    ------
    InputError
        If a name is unknown or there are none or too many.
    """
    rows = tables.load("retrofit_parts", "twin.data")
    unknown = sorted(set(names) - set(rows["part"]))
    if unknown or not 1 <= len(set(names)) <= MOST:
        raise InputError(
            "parts of packages", ", ".join(unknown or names), "cannot be combined.",
            f"Name one to {MOST} of {', '.join(rows['part'])}.",
        )  # fmt: skip
    return [_part(row) for row in rows[rows["part"].isin(names)].to_dict("records")]


def _part(row: Mapping[str, Any]) -> Part:
    entry = {"kind": row["kind"], "id": row["part"], "where": "all", "start": 2000}
    if isinstance(row["option"], str):
        entry[row["option"]] = row["setting"]
    measure, faults = catalog.read(entry, (), {})
    assert measure is not None, faults
    return Part(row["part"], row["title"], row["group"], measure)


def subsets(chosen: Sequence[Part]) -> list[tuple[Part, ...]]:
    """All packages that can be made of parts: sets without two of one group."""
    found: list[tuple[Part, ...]] = []
    for size in range(1, len(chosen) + 1):
        sets = combinations(chosen, size)
        found += [some for some in sets if len({one.group for one in some}) == size]
    return found


def works(found: Packages, option: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    """Houses by the work that their package needs a permission for, each (houses,).

    Parameters
    ----------
    found
        Packages.
    option : (houses,)
        Package of each house; -1 where there is none.
    """
    rows = tables.load("retrofit_parts", "twin.data").set_index("part")["work"].dropna()
    contains = {
        work: np.array([any(rows.get(name) == work for name in some) for some in found.sets])
        for work in sorted(set(rows))
    }
    return {work: (option >= 0) & has[option] for work, has in contains.items()}


def evaluate(
    city: City,
    names: Sequence[str] = USUAL,
    *,
    years: int,
    progress: Progress | None = None,
) -> Packages:
    """Work out every package in every house, one run of the whole stock for each.

    Parameters
    ----------
    city
        The City as it is.
    names
        Parts that packages are made of.
    years
        Years over which tonnes are counted [a].
    progress
        Told the stage and the share done.

    Raises
    ------
    InputError
        If parts are unknown, or no package fits any house.
    NotComputedError
        If the energy of houses cannot be computed.
    """
    tell = progress or silent
    chosen, left = _possible(city, parts(names))
    wanted = subsets(chosen)
    part = 1.0 / (len(wanted) + 1)
    rooms = houses.remembering(Memory())
    engines = [rooms if one is houses.DOMAIN else one for one in ENGINES]
    base = _run(city, None, engines, partial(_told, tell, "houses as they are", 0.0, part))
    known = _Known(city, base, years)
    due = {one.name: one.measure.due(city, known.index) for one in chosen}
    start: dict[str, Result] = {"": base}
    tables_found: list[dict[str, Floats]] = []
    for number, some in enumerate(wanted):
        told = partial(_told, tell, _title(some), (number + 1) * part, part)
        tables_found.append(_package(city, some, due, known, start, engines, told))
    tell("packages", 1.0)
    figures = {
        name: np.stack([one[name] for one in tables_found], axis=1) for name in FIGURES
    }  # fmt: skip
    found = Packages(
        index=known.index,
        sets=tuple(tuple(one.name for one in some) for some in wanted),
        titles=tuple(_title(some) for some in wanted),
        figures=figures,
        before=known.before,
        costs={one.name: one.measure.cost(city, due[one.name]) for one in chosen
               if len(due[one.name])},
        base=base,
        years=years,
        limits=(*left, *_limits(chosen, base)),
    )  # fmt: skip
    if not found.fits.any():
        raise InputError(city.name, "packages", "fit no house: all is done, or barred.",
                         "Choose other parts.")  # fmt: skip
    return found


def _title(some: Sequence[Part]) -> str:
    return " + ".join(one.title for one in some)


def _possible(city: City, chosen: list[Part]) -> tuple[list[Part], list[str]]:
    """Parts that this City's data allow, and what is said of the others."""
    rows = tables.load("retrofit_parts", "twin.data").set_index("part")
    hours = houses.hourly_known(city)
    kept = [one for one in chosen if hours or rows.loc[one.name, "needs_hours"] != "yes"]
    said = [
        f"Not among the packages: {one.title}, which needs hourly weather with sunlight "
        "(twin build --weather)."
        for one in chosen
        if one not in kept
    ]
    if not kept:
        raise InputError(city.name, "packages", "cannot be worked out by months.",
                         "Attach hourly weather, or choose other parts.")  # fmt: skip
    return kept, said


def _limits(chosen: Sequence[Part], base: Result) -> list[str]:
    said = [sentence for one in chosen for sentence in one.measure.limits]
    model = base.record["certificates"].get("energy", {}).get("model", "")
    return [*said, f"Energy of houses: {model}."]


def _told(tell: Progress, title: str, begin: float, part: float, _stage: str, done: float) -> None:
    """Tell the progress of one run as progress of all."""
    tell(title, begin + part * done)


def _run(city: City, warm: Result | None, engines: Sequence[Domain], tell: Progress) -> Result:
    """Run what tells of houses."""
    tell("", 0.0)
    found = simulate.run(city, warm=warm, domains=engines, progress=tell)
    if "energy" in found.record["absent"] or "bills" in found.record["absent"]:
        raise NotComputedError(" ".join(found.record["limits"]))
    return found


class _Known:
    """Figures of the houses of one City in several runs."""

    def __init__(self, city: City, base: Result, years: int) -> None:
        self.factors = factors.load("inventory", country=city.country, frozen=True)
        self.hours = houses.hourly_known(city)
        self.path = _path(self.factors, city.year, years)
        self.euro = tariffs.euro(tariffs.load(city.country, city.prices))
        frame = base.frames["buildings"]
        self.index = frame.index[frame["heat_need"].notna() & frame["heat_final"].notna()]
        self.base = self.of(base)
        spread = frame["heat_need_spread"].reindex(self.index).to_numpy()
        need = frame["heat_need"].reindex(self.index).to_numpy()
        relative = np.divide(spread, need, out=np.zeros_like(need), where=need > 0.0)
        kept = {name: self.base[name] for name in ("energy", "co2", "bill")}
        self.before = pd.DataFrame({**kept, "spread": relative}, index=self.index)

    def of(self, result: Result) -> dict[str, Floats]:
        """Sums of ledger rows and heat need of every house."""
        book, frame = result.ledger, result.frames["buildings"]
        activity = book.by("object_id", "carrier", column="activity", kind="activity")
        carriers = activity.reset_index().pivot_table(
            index="object_id", columns="carrier", values="activity"
        ).reindex(self.index).fillna(0.0)  # fmt: skip
        path = self.path.reindex(carriers.columns)
        paid = book.by("object_id", column="cost", kind=["opex", "transfer"], payer=list(PAYERS))
        # By months there is one use only, and no comfort that could be told apart.
        standard = frame["heat_need_standard"] if self.hours else frame["heat_need"] * np.nan
        sums = {
            "energy": carriers.sum(axis=1),
            "co2": book.by("object_id", column="tco2e", kind="activity"),
            "tonnes": (carriers * path.fillna(0.0)).sum(axis=1),
            "bill": paid * self.euro,
            "heat": frame["heat_need"],
            "standard": standard,
        }
        return {name: one.reindex(self.index).to_numpy(np.float64) for name, one in sums.items()}

    def saved(self, result: Result) -> dict[str, Floats]:
        """What a run saves against that of today."""
        after = self.of(result)
        found = {name: self.base[name] - after[name] for name in after}
        found["comfort"] = found.pop("standard") - found["heat"]
        return found


def _path(given: FactorSet, first: int, years: int) -> pd.Series:
    """Emissions of a kilowatt-hour in each of so many years, added up, by carrier [t a/kWh]."""
    by_year = [given.at(year)["tco2e"] for year in range(first, first + years)]
    return pd.concat(by_year, axis=1).sum(axis=1, skipna=False)


def _package(
    city: City,
    some: tuple[Part, ...],
    due: Mapping[str, pd.Index],
    known: _Known,
    start: dict[str, Result],
    engines: Sequence[Domain],
    tell: Progress,
) -> dict[str, Floats]:
    """Figures of one package in every house that all its parts fit."""
    objects = known.index
    for one in some:
        objects = objects.intersection(due[one.name], sort=False)
    changed = city
    costs = {name: np.zeros(len(objects)) for name in ("amount", "low", "high", "running")}
    yearly = np.zeros(len(objects))
    for one in some:
        price, lifetime = _priced(one, changed, objects)
        costs = {name: one + price[name].to_numpy(np.float64) for name, one in costs.items()}
        yearly = yearly + price["amount"].to_numpy(np.float64) / lifetime
        changed = one.measure.apply(changed, objects)
    warm = start.get(some[0].name if some[0].group == "envelope" else "", start[""])
    result = _run(changed, warm, engines, tell)
    if len(some) == 1 and some[0].group == "envelope":
        start[some[0].name] = result
    rows = known.index.isin(objects)
    saved = {**known.saved(result), **{name: _spread_out(rows, one) for name, one in
                                       {**costs, "yearly": yearly}.items()}}  # fmt: skip
    return {name: np.where(rows, saved[name], np.nan) for name in FIGURES}


def _spread_out(rows: NDArray[np.bool_], values: Floats) -> Floats:
    found = np.full(len(rows), np.nan)
    found[rows] = values
    return found


def _priced(part: Part, city: City, objects: pd.Index) -> tuple[pd.DataFrame, float]:
    """Cost of a part by house [EUR], and its lifetime [a]."""
    measure: Any = part.measure
    due = part.measure.due(city, objects)
    price = measure.by_object(city, due).reindex(objects).fillna(0.0)
    if due.empty:
        return price, 1.0
    whole = part.measure.cost(city, due)
    rate = tables.figures("exchange", "twin.data").get(whole.currency)
    if rate is None:
        raise NotComputedError(f"No exchange rate of {whole.currency} is known.")
    return price * rate, whole.lifetime

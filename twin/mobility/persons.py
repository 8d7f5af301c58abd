"""Who travels where and how on an average day, from residents, places and skims of all modes.

Trips by purpose are made by residents (`generation`), spread over places by the cost over all
modes (`distribution`) and over modes by nested logit (`mode_split`). Deterrence and constants of
the modes are fitted once, to mean trip lengths and to shares of modes of a survey; a run of a
changed city keeps them as habits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pandas as pd

from twin.mobility import choice, distribution, generation, mode_split
from twin.mobility.assumptions import assumed_parts
from twin.mobility.choice import MODES
from twin.mobility.demand_parameters import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twin.mobility.choice import Skims
    from twin.mobility.demand_parameters import DemandParameters

Costs: TypeAlias = "list[tuple[NDArray[np.float64], NDArray[np.float64]]]"
"""Cost over all modes [min] and expected length [km] between zones, by purpose."""
Chosen: TypeAlias = "list[tuple[NDArray[np.float64], NDArray[np.float64]]]"
"""Shares of modes (modes, zones, zones) [1] and cost over all modes [min], by purpose."""
SETTLED = 1e-4
"""Change of a constant between two rounds of fitting at which habits are found [1]."""
ROUNDS = 60
CITATIONS: Final = (*distribution.CITATIONS, *choice.CITATIONS)


@dataclass(frozen=True)
class Habits:
    """What people keep when streets and timetables change.

    Parameters
    ----------
    deterrence : (purposes,) [1/min]
        How strongly cost deters.
    constants : (modes,) [1]
        Of the choice of mode.
    lengths_met : (purposes,) bool
        Whether the mean trip of the survey could be met.
    modes_met : (modes,) bool
        False where a mode of the survey goes nowhere here.
    """

    deterrence: NDArray[np.float64]
    constants: NDArray[np.float64]
    lengths_met: NDArray[np.bool_]
    modes_met: NDArray[np.bool_]


@dataclass(frozen=True)
class PersonDemand:
    """Trips of residents on an average day.

    Parameters
    ----------
    home : (purposes, zones, zones) [1/d]
        One-way trips from where people live to where they go, the way back counted too: half of
        them run from row to column, half from column to row.
    by_mode : (modes, zones, zones) [1/d]
        Trips of all purposes from row to column.
    trips
        Trips by purpose (index) and mode (columns) [1/d].
    held
        What each zone holds, see `generation.of_zones`.
    habits
        Fitted deterrence and constants.
    lengths : (purposes,) [km]
        Mean trip.
    produced
        Trips that residents make [1/d].
    outside
        Those across the boundary; they are in no matrix [1/d].
    cut_off
        Those of zones that nobody can leave and reach again; they are in no matrix [1/d].
    cut_off_zones
        Those zones.
    residual
        Largest relative error of a row or column sum [1].
    assumed
        Share of trips whose figures are assumed, by part of the model [1].
    limits
        What the model cannot see, in plain sentences.
    """

    home: NDArray[np.float64]
    by_mode: NDArray[np.float64]
    trips: pd.DataFrame
    held: pd.DataFrame
    habits: Habits
    lengths: NDArray[np.float64]
    produced: float
    outside: float
    cut_off: float
    cut_off_zones: pd.Index
    residual: float
    assumed: pd.Series
    limits: tuple[str, ...]

    @property
    def assumed_share(self) -> float:
        """Share of the result that rests on assumed figures, mean over the parts [1]."""
        return float(self.assumed.mean())

    @property
    def mode_shares(self) -> pd.Series:
        """Share of trips by mode [1]."""
        sums = self.trips.sum()
        return sums / sums.sum() if sums.sum() > 0.0 else sums

    def between(self, purpose: int) -> NDArray[np.float64]:
        """Trips of a purpose from row to column (zones, zones) [1/d], there and back."""
        return there_and_back(self.home[purpose])


def there_and_back(home: NDArray[np.float64]) -> NDArray[np.float64]:
    """Trips from row to column, half of them on the way there, half on the way back [1/d]."""
    return np.asarray(0.5 * (home + home.T))


def person_trips(
    zones: pd.DataFrame,
    skims: Skims,
    parameters: DemandParameters,
    *,
    buildings: pd.DataFrame | None = None,
    habits: Habits | None = None,
    start: Habits | None = None,
    matrices: Mapping[str, NDArray[np.float64]] | None = None,
    outside: float = 0.0,
) -> PersonDemand:
    """Work out who travels where and how.

    Parameters
    ----------
    zones
        City table.
    skims
        What a trip takes by each mode, zones in the order of the table.
    parameters
        Rates, lengths, shares of modes, values of time.
    buildings
        City table, for school places and floor area of shops; without it trips go where people
        and jobs are.
    habits
        Of a run of the same city with other streets; fitted if None.
    start
        Where fitting begins, for instance with the habits of a first guess: it ends sooner.
    matrices
        The user's own trips of a purpose, from home to place and back (zones, zones) [1/d], in
        place of those that the model makes.
    outside
        Trips of residents across the boundary (`gateways.residents_outside`) [1/d]; they are not
        made inside.
    """
    held = generation.of_zones(zones, buildings, parameters)
    made = generation.productions(held, parameters)
    produced = generation.inside(made, parameters, outside)
    own = dict(matrices or {})
    main = distribution.largest_part(_reached(skims), produced.sum(axis=0))
    town = _Town.of(held, skims, parameters, produced, main, own)
    found = habits if habits is not None else _fit(town, start)
    chosen = town.chosen(found.constants)
    home, residual = town.spread(town.costs(chosen), found.deterrence)
    alone = np.setdiff1d(np.arange(len(zones)), main)
    by_mode, trips, lengths = _by_mode(town, chosen, home)
    assumed = assumed_parts(parameters, trips.sum(axis=1).to_numpy(), own)
    cut = float(produced[:, alone].sum())
    return PersonDemand(
        home=_widened(home, main, len(zones)),
        by_mode=_widened(by_mode, main, len(zones)),
        trips=trips,
        held=held,
        habits=found,
        lengths=lengths,
        produced=float(made.sum()),
        outside=float(made.sum() - produced.sum()),
        cut_off=cut,
        cut_off_zones=zones.index[alone],
        residual=residual,
        assumed=assumed,
        limits=(*_limits(town, found, lengths, assumed), *_left_out(by_mode, cut, len(alone))),
    )


def settled(found: PersonDemand, skims: Skims, parameters: DemandParameters) -> PersonDemand:
    """The same trips between the same places, by the modes that people take at other skims.

    Parameters
    ----------
    found
        Of `person_trips`.
    skims
        What a trip takes once the streets are as full as they get.
    parameters
        As given to `person_trips`.
    """
    main = np.flatnonzero(~found.held.index.isin(found.cut_off_zones))
    none = np.zeros((len(PURPOSES), len(main)))
    town = _Town(skims.part(main), parameters, none, none, {})
    chosen = town.chosen(found.habits.constants)
    by_mode, trips, lengths = _by_mode(town, chosen, found.home[:, main[:, None], main])
    wide = _widened(by_mode, main, len(found.held))
    return replace(found, by_mode=wide, trips=trips, lengths=lengths)


def mixed(parts: Sequence[tuple[float, PersonDemand]]) -> PersonDemand:
    """The same trips by people who have different ways to go.

    Parameters
    ----------
    parts
        Share of the people [1] and what they do; of `settled`, for the same trips.
    """
    if len(parts) == 1:
        return parts[0][1]
    shares = np.array([share for share, _ in parts])
    tables = [one.trips for _, one in parts]
    trips = sum(share * table for share, table in zip(shares, tables, strict=True))
    made = np.stack([table.sum(axis=1).to_numpy() for table in tables], axis=1) * shares
    lengths = (made * np.stack([one.lengths for _, one in parts], axis=1)).sum(axis=1)
    total = made.sum(axis=1)
    return replace(
        parts[0][1],
        by_mode=np.asarray(sum(share * one.by_mode for share, one in parts)),
        trips=trips,
        lengths=np.divide(lengths, total, out=parts[0][1].lengths.copy(), where=total > 0.0),
    )


def _reached(skims: Skims) -> NDArray[np.bool_]:
    """Whether any mode goes between two zones (zones, zones)."""
    times = np.stack([skims.time[mode] for mode in MODES if mode in skims.time])
    return np.asarray(np.isfinite(times).any(axis=0))


def _widened(
    trips: NDArray[np.float64], main: NDArray[np.int64], zones: int
) -> NDArray[np.float64]:
    """Matrices of the main part among all zones."""
    found = np.zeros((len(trips), zones, zones))
    found[:, main[:, None], main[None, :]] = trips
    return found


@dataclass(frozen=True)
class _Town:
    """What the model works on: zones that all reach each other."""

    skims: Skims
    parameters: DemandParameters
    production: NDArray[np.float64]
    attraction: NDArray[np.float64]
    own: Mapping[str, NDArray[np.float64]]

    @classmethod
    def of(
        cls,
        held: pd.DataFrame,
        skims: Skims,
        parameters: DemandParameters,
        produced: NDArray[np.float64],
        main: NDArray[np.int64],
        own: Mapping[str, NDArray[np.float64]],
    ) -> _Town:
        """Keep the zones of the main part."""
        part = np.ix_(main, main)
        production = produced[:, main]
        return cls(
            skims=skims.part(main),
            parameters=parameters,
            production=production,
            attraction=generation.attractions(held.iloc[main], parameters, production),
            own={purpose: matrix[part] for purpose, matrix in own.items()},
        )

    def utilities(self, purpose: int, constants: NDArray[np.float64]) -> NDArray[np.float64]:
        """Utility of every mode (modes, zones, zones) [1]."""
        return mode_split.utilities(self.skims, self.parameters, purpose, constants)

    def chosen(self, constants: NDArray[np.float64]) -> Chosen:
        """Shares of modes and cost over all modes between zones, by purpose."""
        return [
            mode_split.split(self.utilities(number, constants), self.parameters, scale)
            for number, scale in enumerate(self.parameters.scale)
        ]

    def costs(self, chosen: Chosen) -> Costs:
        """Cost over all modes [min] and expected length [km] between zones, by purpose."""
        return [(cost, self.skims.mean_length(shares)) for shares, cost in chosen]

    def spread(
        self, costs: Costs, deterrence: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], float]:
        """Trips by purpose (purposes, zones, zones) [1/d] and the largest error of a sum [1]."""
        found = np.empty((len(PURPOSES), *[self.production.shape[1]] * 2))
        worst = 0.0
        for number, purpose in enumerate(PURPOSES):
            if purpose in self.own:
                found[number] = self.own[purpose]
                continue
            taken = generation.constrained(purpose)
            made, drawn = self.production[number], self.attraction[number]
            found[number] = distribution.spread(
                costs[number][0], made, drawn, deterrence[number], constrained=taken
            )
            worst = max(worst, distribution.residual(found[number], made, drawn if taken else None))
        return found, worst


def _fit(town: _Town, start: Habits | None) -> Habits:
    """Deterrence and constants that meet the survey together: by turns until they settle."""
    chosen = town.parameters.constants
    begin = np.zeros(len(MODES)) if start is None else start.constants
    constants = np.where(np.isnan(chosen), begin, chosen)
    for _ in range(ROUNDS):
        costs = town.costs(town.chosen(constants))
        deterrence, met = _deterrences(town, costs)
        trips = [there_and_back(one).ravel() for one in town.spread(costs, deterrence)[0]]
        utility = [
            town.utilities(number, constants).reshape(len(MODES), -1)
            for number in range(len(PURPOSES))
        ]
        added, served = mode_split.calibrate_constants(
            utility, trips, town.parameters, town.parameters.shares, np.isnan(chosen), rounds=1
        )
        constants = constants + added
        if np.abs(added[np.isfinite(added)]).max(initial=0.0) <= SETTLED:
            break
    return Habits(deterrence, constants, met, served)


def _deterrences(town: _Town, costs: Costs) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Deterrence of every purpose [1/min], and whether the survey's mean trip is met."""
    found = town.parameters.deterrence.copy()
    met = np.ones(len(PURPOSES), dtype=bool)
    for number, purpose in enumerate(PURPOSES):
        if not np.isnan(found[number]) or purpose in town.own:
            continue
        found[number], met[number] = distribution.fit(
            *costs[number], town.production[number], town.attraction[number],
            town.parameters.length[number], constrained=generation.constrained(purpose),
        )  # fmt: skip
    return found, met


def _by_mode(
    town: _Town, chosen: Chosen, home: NDArray[np.float64]
) -> tuple[NDArray[np.float64], pd.DataFrame, NDArray[np.float64]]:
    """Trips by mode (modes, zones, zones), by purpose and mode, and mean lengths by purpose."""
    total = np.zeros((len(MODES), *home.shape[1:]))
    counts = np.zeros((len(PURPOSES), len(MODES)))
    lengths = np.zeros(len(PURPOSES))
    for number, (shares, _) in enumerate(chosen):
        trips = there_and_back(home[number])
        carried = shares * trips
        total += carried
        counts[number] = carried.sum(axis=(1, 2))
        lengths[number] = distribution.mean_of(trips, town.skims.mean_length(shares))
    table = pd.DataFrame(counts, index=pd.Index(PURPOSES, name="purpose"), columns=list(MODES))
    return total, table, lengths


def _limits(
    town: _Town,
    habits: Habits,
    lengths: NDArray[np.float64],
    assumed: pd.Series,
) -> list[str]:
    """What the model cannot see."""
    parts = ", ".join(f"{part} {share:.0%}" for part, share in assumed.items())
    sentences = [
        f"{assumed.mean():.0%} of the demand for travel rests on assumed figures ({parts}).",
        *town.parameters.substitutes,
    ]
    missed = [
        f"{purpose.replace('_', ' ')} {length:.1f} km instead of {wanted:g} km"
        for purpose, met, length, wanted in zip(
            PURPOSES, habits.lengths_met, lengths, town.parameters.length, strict=True
        )
        if not met
    ]
    if missed:
        sentences.append(
            f"Mean trips of the survey do not fit into the model area: {'; '.join(missed)}. "
            "Trips of residents to places outside are turned to places inside."
        )
    absent = [mode for mode, met in zip(MODES, habits.modes_met, strict=True) if not met]
    if absent:
        sentences.append(
            f"No way is known for these modes of the survey: {', '.join(absent)}; "
            "their trips are spread over the others."
        )
    return sentences


def _left_out(by_mode: NDArray[np.float64], cut_off: float, zones: int) -> list[str]:
    """What is on no street: cars inside one zone, and trips of zones that nobody can leave."""
    sentences = []
    cars = by_mode[MODES.index("car_driver")]
    if cars.sum() > 0.0:
        sentences.append(
            f"{np.trace(cars) / cars.sum():.0%} of residents' car trips stay inside one zone, and "
            "the ways to and from its junction are on no street: their kilometres are missing."
        )
    if cut_off > 0.0:
        sentences.append(
            "Nobody can get from some zones to the rest of the area and back; left out: "
            f"{cut_off:.0f} trips a day (zones: {zones})."
        )
    return sentences

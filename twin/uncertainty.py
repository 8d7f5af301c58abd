"""How sure the change of every street is: bands from many possible worlds before and after a plan.

Each draw changes trips, gateways, the liking of cars and capacities, and is solved on the network
before and after from the paths already known. Two answers: people only take other ways, or they
take other ways and other modes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from layers import tables
from layers.errors import InputError
from layers.schema import silent
from layers.texts import quote_formula
from twin import simulate, travel, workbook
from twin.languages import ENGLISH
from twin.mobility import draws as drawing
from twin.mobility import worlds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from numpy.typing import NDArray

    from layers.schema import Progress
    from twin.city import City
    from twin.mobility.day import DayRun
    from twin.mobility.street_traffic import Hour
    from twin.result import Result
    from twin.scenario import Scenario

    Floats = NDArray[np.float64]

TRAFFIC: Final = "traffic"
NEEDED: Final = ("public_transport", TRAFFIC)
"""Domains that traffic needs."""
SHOWN: Final = (
    "vehicles_change", "vehicles_change_p10", "vehicles_change_p90", "routes_change",
)  # fmt: skip
"""Columns that a map can show."""
CITATIONS: Final = drawing.CITATIONS
APPROXIMATIONS: Final = (
    (
        "Draws are solved for the hour in which the plan changes most; what they add or take there "
        "is carried over to the day in proportion to all traffic."
    ),
    (
        "Places that people go to stay the same in all draws; only the number of trips, their mode "
        "and their ways differ."
    ),
    "Bands tell of the inputs that were drawn, not of what the model leaves out.",
)


@dataclass(frozen=True)
class Bands:
    """Changes of streets with their bands.

    Parameters
    ----------
    streets
        Index: streets that cars may use before or after. vehicles_before,
        vehicles_change, vehicles_change_p10, vehicles_change_p90 [veh/d] and noticeable (text)
        with other ways and modes; routes_change, routes_change_p10, routes_change_p90 [veh/d] and
        routes_noticeable (text) with other ways only.
    counts
        draws, seed, worst_gap: the largest relative gap of a draw [1], noticeable streets.
    period
        Part of the day whose busiest hour was drawn.
    limits, citations
        What the bands cannot say; papers behind them.
    change
        Difference of the two runs with the bands on its streets, for maps; None where days were
        compared without their runs.
    """

    streets: pd.DataFrame
    counts: dict[str, float]
    period: str
    limits: tuple[str, ...]
    citations: tuple[str, ...]
    change: Result | None = None


def run(
    city: City,
    plan: Scenario,
    *,
    year: int | None = None,
    draws: int | None = None,
    seed: int = 0,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Bands:
    """Work out bands for the change that a plan makes.

    Parameters
    ----------
    city, plan
        The City before, and the plan.
    year
        Year of the comparison; by default the one by which the plan is done.
    draws
        How many worlds [1]; by default as in uncertainty.csv.
    seed
        Of the random numbers; the same seed gives the same bands to the last bit.
    executor
        Threads that share the draws; one after another if None.
    progress
        Told the stage and the share done.

    Raises
    ------
    InputError
        If there are too few draws, or traffic cannot be computed.
    """
    figures = tables.figures("uncertainty", "twin.data")
    wanted = int(figures["draws"]) if draws is None else draws
    least = int(figures["draws.least"])
    if wanted < least:
        raise InputError("draws", str(wanted), f"are fewer than {least}.",
                         f"Ask for at least {least}.")  # fmt: skip
    tell = progress or silent
    counted = year or plan.last_year
    engines = [one for one in travel.DOMAINS if one.name in NEEDED]
    before = simulate.run(city, year=counted, domains=engines, progress=partial(_part, tell, 0.0))
    after = simulate.run(
        city, plan, year=counted, warm=before, domains=engines, progress=partial(_part, tell, 0.15)
    )
    made = []
    for result in (before, after):
        state = result.warm.get(TRAFFIC)
        if state is None:
            limits = [str(one) for one in result.record["limits"]]
            why = [one for one in limits if "not computed" in one and "raffic" in one] or limits
            raise InputError(city.name, TRAFFIC, " ".join(why),
                             "Bands need traffic that can be computed.")  # fmt: skip
        made.append(state.outcome.made)
    gates = drawing.gate_spread(city.gateways, figures)
    found = bands(
        made[0], made[1], gates, figures, draws=wanted, seed=seed, executor=executor,
        progress=partial(_rest, tell),
    )  # fmt: skip
    return replace(found, change=_shown(after - before, found.streets))


def _shown(change: Result, streets: pd.DataFrame) -> Result:
    """A difference of two runs whose streets show the bands alone."""
    seen = streets["noticeable"] != drawing.SAME
    shown = streets[list(SHOWN)].assign(
        noticeable_change=streets["vehicles_change"].where(seen, 0.0)
    )
    return replace(change, frames={"streets": shown})


def csv(found: Bands, city: City) -> bytes:
    """Bands as a CSV file with the name of each street, units in the headers.

    Parameters
    ----------
    found
        Of `run`.
    city
        City before the plan.
    """
    table = _table(found, city)
    table["street"] = table["street"].map(quote_formula)
    return str(table.to_csv(lineterminator="\n")).encode("utf-8-sig")


def sheets(found: Bands, city: City, language: str = ENGLISH) -> dict[str, pd.DataFrame]:
    """The same for a workbook, and what the bands cannot see.

    Parameters
    ----------
    found, city
        As in `csv`.
    language
        One of `twin.languages.known`.
    """
    bands = _table(found, city).rename_axis("id").reset_index()
    plain = bands.rename(columns=lambda name: str(name).replace("_", " "))
    notes = pd.DataFrame({"note": [*found.limits, *found.citations]})
    return workbook.spoken({"streets": plain, "notes": notes}, language)


def _table(found: Bands, city: City) -> pd.DataFrame:
    """Bands with the name of each street, units in the heads."""
    table = found.streets.rename(
        columns=lambda name: name if "noticeable" in name else f"{name} [veh/d]"
    )
    table.insert(0, "street", city.streets["name"].reindex(found.streets.index).fillna(""))
    return table.assign(evidence="estimated")


def read(path: Path) -> pd.DataFrame:
    """Read the streets of a file that `csv` wrote.

    Parameters
    ----------
    path
        CSV file.

    Raises
    ------
    InputError
        If it cannot be read or has no bands.
    """
    advice = "Give the CSV that twin uncertainty wrote."
    try:
        table = pd.read_csv(path, index_col=0, encoding="utf-8-sig", dtype={0: "str"})
    except (OSError, ValueError) as error:
        raise InputError(str(path), "", f"cannot be read ({error}).", advice) from error
    found = table.rename(columns=lambda name: str(name).split(" [", maxsplit=1)[0])
    ends = [name for name in SHOWN if name not in found or found[name].dtype.kind not in "fi"]
    if ends:
        raise InputError(str(path), ", ".join(ends), "is not there as numbers.", advice)
    return found


def _part(tell: Progress, start: float, stage: str, done: float) -> None:
    tell(stage, start + 0.15 * done)


def _rest(tell: Progress, stage: str, done: float) -> None:
    tell(stage, 0.3 + 0.7 * done)


def bands(
    before: DayRun,
    after: DayRun,
    gates: Floats,
    figures: Mapping[str, float],
    *,
    draws: int,
    seed: int = 0,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Bands:
    """Bands for the difference of two days.

    Parameters
    ----------
    before, after
        Days with their hours; both with the same zones and gateways.
    gates : (gateways,) [1]
        Relative standard error of each gateway.
    figures
        Of uncertainty.csv.
    draws, seed
        How many worlds, and the seed of their random numbers.
    executor
        Threads that share the draws.
    progress
        Told the stage and the share done.

    Raises
    ------
    InputError
        If zones or gateways differ.
    """
    tell = progress or silent
    _same_zones(before, after)
    streets = before.streets.index[before.streets["vehicles"].notna()]
    streets = streets.union(after.streets.index[after.streets["vehicles"].notna()], sort=False)
    tell("other ways with the same trips", 0.0)
    hours = [worlds.between(*one, streets, len(before.zones), figures)
             for one in zip(before.hours, after.hours, strict=True)]  # fmt: skip
    pair = max(hours, key=worlds.moved)
    links = pair.before.roads.network.link_ids.union(pair.after.roads.network.link_ids)
    lights = worlds.lighter(pair, figures)
    work = partial(
        worlds.draw, pair, lights, figures=figures, threads=None if executor is None else 1
    )
    each = (drawing.world(seed, number, links, gates, figures) for number in range(draws))
    found = []
    solved = map(work, each) if executor is None else executor.map(work, each)
    for number, one in enumerate(solved):
        found.append(one)
        tell("drawing possible worlds", (number + 1) / draws)
    frame = _frame(hours, pair, lights, found, figures)
    gap = max(one.gap for one in found)
    counts = {"draws": float(draws), "seed": float(seed), "worst_gap": gap,
              "noticeable": float((frame["noticeable"] != drawing.SAME).sum())}  # fmt: skip
    return Bands(frame, counts, pair.before.period.name, _limits(gap, gates, figures), CITATIONS)


def _same_zones(before: DayRun, after: DayRun) -> None:
    """Refuse days whose trips cannot be told apart pair by pair."""
    same = before.zones.index.equals(after.zones.index) and all(
        one.roads.network.zones == other.roads.network.zones
        for one, other in zip(before.hours, after.hours, strict=True)
    )
    if not same:
        raise InputError("uncertainty", "zones", "and gateways differ before and after the plan.",
                         "Compare plans on one set of zones.")  # fmt: skip


def _frame(
    hours: Sequence[worlds.Pair],
    pair: worlds.Pair,
    lights: worlds.Lights,
    found: Sequence[worlds.Drawn],
    figures: Mapping[str, float],
) -> pd.DataFrame:
    """Changes of a day with their bands."""

    def day(of: Callable[[worlds.Pair], Hour]) -> Floats:
        return np.asarray(
            np.sum([worlds.flow(one, of(one)) * of(one).period.expansion for one in hours], axis=0)
        )

    before = day(lambda one: one.before)
    whole = float(sum(one.before.found.flow.sum() * one.before.period.expansion for one in hours))
    hour = float(pair.before.found.flow.sum())
    scale = whole / hour if hour > 0.0 else 0.0
    columns: dict[str, NDArray[Any]] = {"vehicles_before": before}
    answers = (
        ("vehicles", "noticeable", day(lambda one: one.after),
         np.stack([one.modes for one in found]) - lights.modes_change),
        ("routes", "routes_noticeable", day(lambda one: one.routes),
         np.stack([one.routes for one in found]) - lights.routes_change),
    )  # fmt: skip
    for name, said, after, deviations in answers:
        change = after - before
        low, high = drawing.band(change, deviations, scale, figures)
        columns |= {
            f"{name}_change": change,
            f"{name}_change_p10": low,
            f"{name}_change_p90": high,
            said: drawing.noticed(change, low, high, before, figures),
        }
    return pd.DataFrame(columns, index=pair.streets)


def _limits(gap: float, gates: Floats, figures: Mapping[str, float]) -> tuple[str, ...]:
    kept = (
        f"Cars between places that few of them drive between ({1.0 - figures['pairs.kept']:.0%} of "
        "all trips) keep the ways of the model in all draws, with the plan and without it."
    )
    said = [*APPROXIMATIONS, kept]
    if not len(gates):
        said.append("No gateways are known: through traffic is unknown, and not in the bands.")
    if gap > figures["gap"]:
        said.append(f"One draw stopped at a relative gap of {gap:.1e}; {figures['gap']:.0e} was "
                    "wanted.")  # fmt: skip
    said.append("How far inputs may be off is assumed; see uncertainty.csv.")
    return tuple(said)

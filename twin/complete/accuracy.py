"""How well completion guesses: hide what is known, complete, compare, with the naive rule beside.

Whole spatial blocks are hidden, dealt into folds anew for every seed. The naive rule is the median
of all known values (storeys: else 3), or the most frequent use. The interval of the difference is
that of a bootstrap over blocks (Efron and Tibshirani 1993), pooled over the seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import tables
from layers.tables import SOURCE_SUFFIX, SPREAD_SUFFIX
from twin.complete import age, blocks, height, neighbours, traits, use

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.complete.defaults import Defaults

    Predict = Callable[["pd.Series[bool]"], pd.Series]

ERROR: Final = "mean absolute error"
BALANCED: Final = "balanced accuracy"
UNTAGGED: Final = "yes"
ENDS: Final = (0.025, 0.975)


@dataclass(frozen=True)
class Case:
    """A column whose known values are hidden.

    Parameters
    ----------
    column, unit
        Column and its unit.
    truth
        Known values; index of the objects whose value is known.
    place : (known, 2) [m]
        Where they stand.
    predict
        Takes a mask of the known objects to hide and gives what completion says of them.
    fallback
        What the naive rule says where nothing is known.
    """

    column: str
    unit: str
    truth: pd.Series
    place: NDArray[np.float64]
    predict: Predict
    fallback: float | str


@dataclass(frozen=True)
class Accuracy:
    """What completion and the naive rule make of hidden values.

    Parameters
    ----------
    column, unit, measure
        Column, unit of the measure and its name: mean absolute error or balanced accuracy.
    known
        Objects whose value is known [1].
    naive, ours
        The measure of both, mean over the seeds; None if too few are known.
    gain, lower, upper
        How much better ours is, and its 95 % interval.
    """

    column: str
    unit: str
    measure: str
    known: int
    naive: float | None = None
    ours: float | None = None
    gain: float | None = None
    lower: float | None = None
    upper: float | None = None

    @property
    def beaten(self) -> bool | None:
        """Whether the interval lies above zero; None if nothing could be measured."""
        return None if self.lower is None else self.lower > 0


def measure(
    buildings: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    land: gpd.GeoDataFrame,
    around: traits.Around,
    defaults: Defaults,
    base_year: int,
    seeds: int,
) -> list[Accuracy]:
    """Measure completion on a completed table of buildings.

    Parameters
    ----------
    buildings
        Completed table.
    places, land, around
        What it was completed with.
    defaults
        Completion tables.
    base_year
        Base year [a].
    seeds
        How often the blocks are dealt anew [1].
    """
    seen = traits.measure(buildings, around, defaults)
    cases = [
        use_case(buildings, places, land, seen, defaults),
        number_case(buildings, "levels", seen, defaults, base_year),
        number_case(buildings, "height", seen, defaults, base_year),
        number_case(buildings, "year", seen, defaults, base_year),
    ]
    return [score(case, defaults, seeds) for case in cases]


def use_case(
    buildings: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    land: gpd.GeoDataFrame,
    seen: pd.DataFrame,
    defaults: Defaults,
) -> Case:
    """Uses that a tag or a register tells for sure; the tag and all places of its own are hidden."""
    seized = observed(buildings["use" + SOURCE_SUFFIX])
    share = use.tagged_share(buildings, buildings["use"].where(seized), defaults)
    sure = seized & (buildings["use" + SPREAD_SUFFIX] <= defaults.settings["accuracy.sure"])
    kept = buildings[seized]
    keys = sorted(set(defaults.place_uses["key"]) & set(buildings))

    def predict(hidden: pd.Series) -> pd.Series:
        gone = pd.Series(kept.index.isin(hidden.index[hidden]), kept.index)
        blank = {name: kept[name].mask(gone) for name in (*keys, "use", "dwellings")}
        told = kept.assign(**blank, building=kept["building"].mask(gone, UNTAGGED)).drop(
            columns=["use" + SOURCE_SUFFIX, "use" + SPREAD_SUFFIX]
        )
        strangers = places[~places.index.isin(gone.index[gone])]
        rows = kept.index
        done = use.complete(told, strangers, land, defaults, seen.loc[rows], share.loc[rows])
        return done.loc[hidden.index[hidden], "use"]

    truth = buildings.loc[sure, "use"]
    return Case("use", "1", truth, _place(buildings[sure]), predict, "")


def number_case(
    buildings: gpd.GeoDataFrame,
    column: str,
    seen: pd.DataFrame,
    defaults: Defaults,
    base_year: int,
) -> Case:
    """Storeys, heights or years as known; a hidden height takes the storeys with it."""
    known = observed(buildings[column + SOURCE_SUFFIX])
    if column == "height" and "height_top" in buildings:
        known |= buildings["height_top"].notna()
    lenders = known | (observed(buildings["levels" + SOURCE_SUFFIX]) & (column != "year"))
    kept, mine = buildings[lenders], seen[lenders]
    also = {"height": ["height", "levels"], "levels": ["levels"], "year": ["year"]}[column]

    def predict(hidden: pd.Series) -> pd.Series:
        gone = pd.Series(kept.index.isin(hidden.index[hidden]), kept.index)
        told = kept.assign(
            **{name + SOURCE_SUFFIX: kept[name + SOURCE_SUFFIX].mask(gone) for name in also}
        )
        if column == "height":
            told = told.assign(height_top=told["height_top"].mask(gone))
        done = (
            age.complete(told, defaults, base_year, mine)
            if column == "year"
            else height.complete(told, defaults, mine)
        )
        return done.loc[hidden.index[hidden], column]

    fallback = {
        "levels": defaults.settings["naive.levels"],
        "height": defaults.settings["naive.levels"] * defaults.settings["naive.storey"],
        "year": age.distribution(defaults.periods, base_year)[0],
    }[column]
    unit = {"levels": "1", "height": "m", "year": "a"}[column]
    truth = buildings.loc[known, column].astype(float)
    return Case(column, unit, truth, _place(buildings[known]), predict, fallback)


def observed(source: pd.Series) -> pd.Series:
    """Whether values of these sources were observed (bool)."""
    return source.map(tables.grades()["class"]).eq("observed")


def _place(buildings: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return neighbours.xy(buildings.geometry.centroid)


def score(case: Case, defaults: Defaults, seeds: int) -> Accuracy:
    """Hide, predict and compare.

    Parameters
    ----------
    case
        What is hidden.
    defaults
        Completion tables; the rows ``accuracy.*`` of completion.csv.
    seeds
        How often the blocks are dealt anew [1].
    """
    settings, number = defaults.settings, case.truth.dtype.kind == "f"
    what = ERROR if number else BALANCED
    empty = Accuracy(case.column, case.unit, what, len(case.truth))
    if len(case.truth) < settings["accuracy.least"]:
        return empty
    both, gains = [], []
    for seed in range(seeds):
        block = blocks.blocks(case.place, settings["kin.block"], seed)
        fold = blocks.folds(block, int(settings["kin.folds"]), seed)
        ours, naive = predictions(case, fold)
        compare = _errors if number else _balanced
        at, spread = compare(case.truth, naive, ours, block, seed, int(settings["accuracy.draws"]))
        both.append(at)
        gains.append(spread)
    first, second = np.mean(both, axis=0)
    lower, upper = np.quantile(np.concatenate(gains), ENDS)
    gain = first - second if number else second - first
    return Accuracy(case.column, case.unit, what, len(case.truth), float(first), float(second),
                    float(gain), float(lower), float(upper))  # fmt: skip


def predictions(case: Case, fold: NDArray[np.int64]) -> tuple[pd.Series, pd.Series]:
    """What completion and the naive rule say of every known object when its fold is hidden."""
    ours, naive = [], []
    for part in np.unique(fold):
        hidden = pd.Series(fold == part, case.truth.index)
        rest = case.truth[~hidden]
        guess = case.fallback if rest.empty else _typical(rest)
        ours.append(case.predict(hidden))
        naive.append(pd.Series(guess, ours[-1].index))
    order = case.truth.index
    return pd.concat(ours).reindex(order), pd.concat(naive).reindex(order)


def _typical(known: pd.Series) -> float | str:
    """Median of numbers; most frequent word."""
    return float(known.median()) if known.dtype.kind == "f" else str(known.mode().iloc[0])


def _draws(count: int, draws: int, seed: int) -> NDArray[np.float64]:
    """How often each block is drawn in each bootstrap sample, (draws, count)."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)


def _errors(
    truth: pd.Series,
    naive: pd.Series,
    ours: pd.Series,
    block: NDArray[np.int64],
    seed: int,
    draws: int,
) -> tuple[tuple[float, float], NDArray[np.float64]]:
    """Mean absolute errors of both, and bootstrap samples of the gain."""
    errors = [(guess - truth).abs().to_numpy(float) for guess in (naive, ours)]
    taken = _draws(int(block.max()) + 1, draws, seed)
    gain = taken @ np.bincount(block, errors[0] - errors[1])
    return (float(errors[0].mean()), float(errors[1].mean())), gain / (taken @ np.bincount(block))


def _balanced(
    truth: pd.Series,
    naive: pd.Series,
    ours: pd.Series,
    block: NDArray[np.int64],
    seed: int,
    draws: int,
) -> tuple[tuple[float, float], NDArray[np.float64]]:
    """Balanced accuracies of both, and bootstrap samples of the gain.

    Balanced accuracy is the mean over kinds of the share that is right (Brodersen et al. 2010).
    """
    kind, names = pd.factorize(truth)
    cell, shape = block * len(names) + kind, (int(block.max()) + 1, len(names))
    right = [(guess == truth).to_numpy(float) for guess in (naive, ours)]
    whole = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    hits = [np.bincount(cell, r, minlength=whole.size).reshape(shape) for r in right]
    taken = np.vstack([np.ones(shape[0]), _draws(shape[0], draws, seed)])
    total = taken @ whole
    shares = [np.divide(taken @ hit, total, where=total > 0, out=np.zeros_like(total))
              for hit in hits]  # fmt: skip
    first, second = (share.sum(axis=1) / (total > 0).sum(axis=1) for share in shares)
    return (float(first[0]), float(second[0])), (second - first)[1:]

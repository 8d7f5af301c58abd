"""Values from the buildings that are nearest in place and most alike, held by a trend.

A building asks the known ones that are nearest when distance on the ground and difference in
traits are added up (both squared, each over its own scale: a product kernel, Nadaraya 1964, Watson
1964). Their answers weigh by that joint distance; one more vote is that of the trend: of a ridge
regression on the traits for numbers (Hoerl and Kennard 1970), of the rules of the country for
kinds. Numbers are the weighted median, kinds the largest share. Several
scales answer side by side, each trusted by how little it errs when blocks are hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

import numba
import numpy as np
import pandas as pd

from twin.complete import blocks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Answers = tuple[NDArray[np.float64], NDArray[np.float64]]

ONE_SIGMA: Final = 0.6827
"""Share of a normal distribution within one standard deviation [1]."""

HALF: Final = 0.5


@dataclass(frozen=True)
class Scale:
    """What counts as one step of likeness.

    Parameters
    ----------
    reach
        Distance on the ground [m].
    step
        Difference in traits, in standard deviations [1].
    """

    reach: float
    step: float


@dataclass(frozen=True)
class Known:
    """Objects that are asked and objects that ask, together.

    Parameters
    ----------
    place : (n, 2) [m]
    traits : (n, t)
        Standardised traits.
    """

    place: NDArray[np.float64]
    traits: NDArray[np.float64]

    def joint(self, scale: Scale) -> NDArray[np.float64]:
        """Coordinates in which distance is likeness, (n, 2 + t)."""
        return np.hstack([self.place / scale.reach, self.traits / scale.step])


@numba.njit(cache=True)
def nearest(
    asked: NDArray[np.float64], known: NDArray[np.float64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Numbers of the nearest known points and their squared distances, nearest first.

    Exact: points are walked outwards along the first coordinate until that alone is too far.

    Parameters
    ----------
    asked : (a, d)
    known : (m, d)
        Ordered by the first coordinate; at least `count` of them.
    count
        How many.
    """
    size, width = len(asked), known.shape[1]
    index = np.zeros((size, count), dtype=np.int64)
    distance = np.full((size, count), np.inf)
    for row in range(size):
        right = np.searchsorted(known[:, 0], asked[row, 0])
        left = right - 1
        while left >= 0 or right < len(known):
            ahead = known[right, 0] - asked[row, 0] if right < len(known) else np.inf
            behind = asked[row, 0] - known[left, 0] if left >= 0 else np.inf
            if min(ahead, behind) ** 2 > distance[row, count - 1]:
                break
            if ahead <= behind:
                other = right
                right += 1
            else:
                other = left
                left -= 1
            far = 0.0
            for axis in range(width):
                far += (asked[row, axis] - known[other, axis]) ** 2
                if far >= distance[row, count - 1]:
                    break
            if far < distance[row, count - 1]:
                spot = count - 1
                while spot > 0 and distance[row, spot - 1] > far:
                    distance[row, spot] = distance[row, spot - 1]
                    index[row, spot] = index[row, spot - 1]
                    spot -= 1
                distance[row, spot] = far
                index[row, spot] = other
    return index, distance


def votes(
    objects: Known,
    known: NDArray[np.int64],
    asked: NDArray[np.int64],
    scale: Scale,
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Numbers of the known objects that each asked one listens to, and their weights.

    Weights fall with the squared joint distance and are 1 for the nearest.

    Parameters
    ----------
    objects
        All objects.
    known, asked
        Numbers of those that answer and of those that ask.
    scale
        What counts as one step.
    count
        How many answer at most [1].
    """
    joint = objects.joint(scale)
    order = known[np.argsort(joint[known, 0], kind="stable")]
    index, square = nearest(joint[asked], joint[order], min(count, len(order)))
    return order[index], np.exp(-HALF * (square - square[:, :1]))


def numbers(
    objects: Known,
    values: NDArray[np.float64],
    settings: Mapping[str, float],
    *,
    ratio: bool,
) -> pd.DataFrame:
    """Complete a number.

    Parameters
    ----------
    objects
        Place and traits of all objects.
    values : (n,)
        Known values; NaN where unknown.
    settings
        The rows ``kin.*`` of completion.csv.
    ratio
        Whether values are positive and errors are shares of them: the trend is one of logarithms.

    Returns
    -------
    pandas.DataFrame
        Columns value and spread (standard deviation as met when hiding blocks, larger where the
        answers differ more); NaN where known, and everywhere if too few are known.
    """
    found = np.full((len(values), 2), np.nan)
    known = np.flatnonzero(~np.isnan(values))
    asked = np.flatnonzero(np.isnan(values))
    cuts = trials(objects.place, known, settings)
    if cuts and len(asked):
        trust, factor = _tried(objects, values, cuts, settings, ratio)
        heard = [scale for scale, share in zip(scales(settings), trust, strict=True) if share]
        guess, apart = _number(
            [answers(objects, values, known, asked, scale, settings) for scale in heard],
            trust[trust > 0],
            _drawn(objects, values, known, asked, settings, ratio),
            settings,
        )
        found[asked] = np.column_stack([guess, factor * apart])
    return pd.DataFrame(found, columns=["value", "spread"])


def answers(
    objects: Known,
    values: NDArray[np.float64],
    known: NDArray[np.int64],
    asked: NDArray[np.int64],
    scale: Scale,
    settings: Mapping[str, float],
) -> Answers:
    """Values and weights of those whom each asked object listens to, each (a, k)."""
    index, weight = votes(objects, known, asked, scale, int(settings["kin.count"]))
    return values[index], weight


def _drawn(
    objects: Known,
    values: NDArray[np.float64],
    known: NDArray[np.int64],
    asked: NDArray[np.int64],
    settings: Mapping[str, float],
    ratio: bool,
) -> NDArray[np.float64]:
    """Trend at the asked objects, (a,)."""
    return trend(
        objects.traits[known],
        values[known],
        objects.traits[asked],
        settings["kin.ridge"],
        ratio=ratio,
    )


def _number(
    told: list[Answers],
    trust: NDArray[np.float64],
    drawn: NDArray[np.float64],
    settings: Mapping[str, float],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted median of all answers and the trend, and the mean distance of the answers from it."""
    every = np.column_stack([*(values for values, _ in told), drawn])
    weights = np.column_stack(
        [
            *(share * weight for share, (_, weight) in zip(trust, told, strict=True)),
            np.full(len(drawn), settings["kin.trend"] * trust.sum()),
        ]
    )
    guess = weighted_median(every, weights)
    apart = (weights * np.abs(every - guess[:, None])).sum(axis=1) / weights.sum(axis=1)
    return guess, apart


def _tried(
    objects: Known,
    values: NDArray[np.float64],
    cuts: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    settings: Mapping[str, float],
    ratio: bool,
) -> tuple[NDArray[np.float64], float]:
    """Trust in each scale, and spread per distance of the answers, from hidden blocks."""
    choices = scales(settings)
    told = [[answers(objects, values, *cut, scale, settings) for scale in choices] for cut in cuts]
    drawn = [_drawn(objects, values, *cut, settings, ratio) for cut in cuts]
    truth = np.concatenate([values[hidden] for _, hidden in cuts])

    def outcome(trust: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        pairs = [_number(*part, settings) for part in zip(told, [trust] * len(cuts), drawn,
                                                          strict=True)]  # fmt: skip
        guess, apart = (np.concatenate(side) for side in zip(*pairs, strict=True))
        return np.abs(guess - truth), apart

    alone = np.array([outcome(one)[0].mean() for one in np.eye(len(choices))])
    least = np.maximum(alone, np.finfo(float).eps)
    trust = (least.min() / least) ** settings["kin.trust"]
    trust[trust < settings["kin.mute"]] = 0.0
    return trust, _factor(*outcome(trust))


def _factor(error: NDArray[np.float64], apart: NDArray[np.float64]) -> float:
    """Factor on the distance of the answers that holds one sigma of the errors."""
    floor = max(float(np.median(apart)), np.finfo(float).eps)
    return float(np.quantile(error / np.maximum(apart, HALF * floor), ONE_SIGMA))


def scales(settings: Mapping[str, float]) -> list[Scale]:
    """Choices that are tried out."""
    reaches = settings["kin.near"], settings["kin.far"]
    steps = settings["kin.fine"], settings["kin.coarse"], settings["kin.blind"]
    return [Scale(*choice) for choice in product(reaches, steps)]


def trials(
    place: NDArray[np.float64], known: NDArray[np.int64], settings: Mapping[str, float]
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Known objects kept and hidden in each trial; whole blocks are hidden.

    Parameters
    ----------
    place : (n, 2) [m]
    known : (m,)
        Numbers of the known objects; many are thinned to every so manieth to be hidden.
    settings
        The rows ``kin.*`` of completion.csv.

    Returns
    -------
    list
        Empty where too few objects are known, or all stand in one block.
    """
    if len(known) < settings["kin.least"]:
        return []
    fold = blocks.folds(
        blocks.blocks(place[known], settings["kin.block"], 0), int(settings["kin.folds"]), 0
    )
    every = -(-len(known) // int(settings["kin.trials"]))
    tried = np.arange(len(known)) % every == 0
    cuts = [(fold != part, (fold == part) & tried) for part in np.unique(fold)]
    return [(known[kept], known[hidden]) for kept, hidden in cuts if kept.any() and hidden.any()]


def trend(
    traits: NDArray[np.float64],
    values: NDArray[np.float64],
    asked: NDArray[np.float64],
    ridge: float,
    *,
    ratio: bool,
) -> NDArray[np.float64]:
    """Ridge regression on traits, never outside the range of the known values, (a,).

    Parameters
    ----------
    traits : (m, t), values : (m,)
        Known objects.
    asked : (a, t)
        Traits of those that ask.
    ridge
        Penalty on squared slopes, in known objects [1].
    ratio
        Regress logarithms.
    """
    target = np.log(values) if ratio else values
    middle, mean = traits.mean(axis=0), target.mean()
    centred = traits - middle
    normal = centred.T @ centred + ridge * np.eye(traits.shape[1])
    slope = np.linalg.solve(normal, centred.T @ (target - mean))
    drawn = (mean + (asked - middle) @ slope).clip(target.min(), target.max())
    return np.asarray(np.exp(drawn) if ratio else drawn)


def weighted_median(
    values: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Lower weighted median of each row, (n,).

    Parameters
    ----------
    values, weights : (n, k)
    """
    order = np.argsort(values, axis=1, kind="stable")
    ranked = np.take_along_axis(values, order, axis=1)
    total = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    first = (total >= HALF * total[:, -1:]).argmax(axis=1)
    return np.asarray(ranked[np.arange(len(values)), first])


@dataclass(frozen=True)
class Rule:
    """What rules say of every object's kind without asking its neighbours.

    Parameters
    ----------
    kind : (n,) int64
        Kind; negative where the rules say nothing.
    vote : (n,)
        Weight of that vote beside the nearest neighbour's, which is 1.
    """

    kind: NDArray[np.int64]
    vote: NDArray[np.float64]


def kinds(
    objects: Known, values: NDArray[np.int64], rule: Rule, settings: Mapping[str, float]
) -> pd.DataFrame:
    """Complete a kind.

    Parameters
    ----------
    objects
        Place and traits of all objects.
    values : (n,) int64
        Known kinds; negative where unknown.
    rule
        What rules say of each object.
    settings
        The rows ``kin.*`` of completion.csv.

    Returns
    -------
    pandas.DataFrame
        Columns kind and share of the votes [1]; NaN where known, and everywhere if too few are
        known.
    """
    found = np.full((len(values), 2), np.nan)
    known, asked = np.flatnonzero(values >= 0), np.flatnonzero(values < 0)
    cuts = trials(objects.place, known, settings)
    if cuts and len(asked):
        scale = _chosen_kinds(objects, values, rule, cuts, settings)
        found[asked] = _kind(objects, values, rule, known, asked, scale, settings)
    return pd.DataFrame(found, columns=["kind", "share"])


def _kind(
    objects: Known,
    values: NDArray[np.int64],
    rule: Rule,
    known: NDArray[np.int64],
    asked: NDArray[np.int64],
    scale: Scale,
    settings: Mapping[str, float],
) -> NDArray[np.float64]:
    """Kind with most votes and its share, (a, 2)."""
    index, weight = votes(objects, known, asked, scale, int(settings["kin.count"]))
    count = max(int(values.max()), int(rule.kind.max())) + 1
    ballot = np.zeros((len(asked), count))
    row = np.arange(len(asked))
    for rank in range(index.shape[1]):
        ballot[row, values[index[:, rank]]] += weight[:, rank]
    says = rule.kind[asked] >= 0
    ballot[row[says], rule.kind[asked][says]] += rule.vote[asked][says]
    winner = ballot.argmax(axis=1)
    return np.column_stack([winner, ballot[row, winner] / ballot.sum(axis=1)])


def _chosen_kinds(
    objects: Known,
    values: NDArray[np.int64],
    rule: Rule,
    cuts: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    settings: Mapping[str, float],
) -> Scale:
    """Scale that is right most often on hidden blocks: over all objects and over all kinds."""
    best: tuple[float, Scale] | None = None
    for scale in scales(settings):
        truth, guess = [], []
        for kept, hidden in cuts:
            guess.append(_kind(objects, values, rule, kept, hidden, scale, settings)[:, 0])
            truth.append(values[hidden])
        right = pd.Series(np.concatenate(guess) == np.concatenate(truth))
        score = right.mean() + right.groupby(np.concatenate(truth)).mean().mean()
        if best is None or score > best[0]:
            best = float(score), scale
    assert best is not None
    return best[1]

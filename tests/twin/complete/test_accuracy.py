from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from layers import demo
from twin import build
from twin.complete import accuracy, defaults, traits

if TYPE_CHECKING:
    from pathlib import Path

FIGURES = defaults.load("DK")


def case(truth: pd.Series, predict: accuracy.Predict) -> accuracy.Case:
    place = np.random.default_rng(1).uniform(0, 3000, (len(truth), 2))
    return accuracy.Case("year", "a", truth, place, predict, 0.0)


def years(count: int) -> pd.Series:
    values = np.random.default_rng(2).uniform(1900, 2000, count)
    return pd.Series(values, [f"w{n}" for n in range(count)])


def test_who_knows_the_truth_beats_the_naive_rule_by_all_of_its_error() -> None:
    truth = years(300)
    found = accuracy.score(case(truth, lambda hidden: truth[hidden]), FIGURES, 3)
    assert found.ours == 0.0
    assert found.gain == found.naive
    # The mean absolute deviation of a uniform distribution from its middle is a quarter.
    assert found.naive == pytest.approx(25.0, abs=3.0)
    assert found.beaten


def test_the_naive_rule_does_not_beat_itself() -> None:
    truth = years(300)

    def naive(hidden: pd.Series) -> pd.Series:
        return pd.Series(truth[~hidden].median(), hidden.index[hidden])

    found = accuracy.score(case(truth, naive), FIGURES, 2)
    assert (found.gain, found.lower, found.upper) == (0.0, 0.0, 0.0)
    assert found.beaten is False


def test_noise_about_the_median_is_worse_than_the_median() -> None:
    truth, chance = years(300), np.random.default_rng(3)
    noise = pd.Series(chance.uniform(1850, 2050, 300), truth.index)
    found = accuracy.score(case(truth, lambda hidden: noise[hidden]), FIGURES, 2)
    assert found.upper is not None
    assert found.upper < 0
    assert found.beaten is False


def test_too_few_known_values_measure_nothing() -> None:
    found = accuracy.score(case(years(9), lambda hidden: years(9)[hidden]), FIGURES, 2)
    assert found.known == 9
    assert found.ours is found.beaten is None


def test_balanced_accuracy_counts_every_kind_alike() -> None:
    truth = pd.Series(["house"] * 90 + ["shop"] * 10, [f"w{n}" for n in range(100)], dtype="str")
    always = accuracy.score(
        case(truth, lambda hidden: pd.Series("shop", hidden.index[hidden])), FIGURES, 2
    )
    assert always.measure == accuracy.BALANCED
    assert always.naive == pytest.approx(0.5)  # always house: all of one kind, none of the other
    assert always.ours == pytest.approx(0.5)
    right = accuracy.score(case(truth, lambda hidden: truth[hidden]), FIGURES, 2)
    assert right.ours == 1.0


def test_every_object_is_hidden_once_and_never_helps_itself() -> None:
    truth, seen = years(100), []

    def predict(hidden: pd.Series) -> pd.Series:
        seen.extend(hidden.index[hidden])
        return truth[hidden]

    fold = np.arange(100) % 5
    ours, naive = accuracy.predictions(case(truth, predict), fold)
    assert sorted(seen) == sorted(truth.index)
    assert ours.equals(truth)
    for part in range(5):
        assert (naive[fold == part] == truth[fold != part].median()).all()


def measured(path: Path) -> dict[str, accuracy.Accuracy]:
    city = build.from_osm(path)
    around = traits.Around(city.streets, city.addresses, city.places)
    rows = accuracy.measure(city.buildings, city.places, city.land, around,
                            defaults.load(city.country), city.year, 3)  # fmt: skip
    print(path.name, *rows, sep="\n")  # pytest -s shows them
    return {row.column: row for row in rows}


def test_helsinki() -> None:
    found = measured(demo.path("helsinki"))
    assert found["levels"].known == 148
    assert found["use"].beaten
    for name in ("levels", "year"):  # how surely, the bench tells over twenty seeds
        gain, naive = found[name].gain, found[name].naive
        assert gain is not None
        assert naive is not None
        assert gain > 0.1 * naive
    assert found["height"].known == 16  # too few to tell; printed and said


@pytest.mark.data
def test_liechtenstein(data_dir: Path) -> None:
    found = measured(data_dir / "osm" / "liechtenstein-2021-05-05.osm.pbf")
    assert found["levels"].beaten
    assert found["use"].beaten
    assert found["year"].ours is None
    assert found["year"].known < 10

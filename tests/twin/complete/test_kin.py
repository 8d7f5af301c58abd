from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from twin.complete import defaults, kin

SETTINGS = defaults.settings()
seeds = st.integers(0, 10_000)


def objects(count: int, seed: int, traits: int = 3) -> kin.Known:
    chance = np.random.default_rng(seed)
    return kin.Known(chance.uniform(0, 3000, (count, 2)), chance.normal(size=(count, traits)))


@settings(deadline=None)
@given(asked=st.integers(1, 20), known=st.integers(5, 60), count=st.integers(1, 5), seed=seeds)
def test_the_nearest_are_those_of_a_full_sort(
    asked: int, known: int, count: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    ask, have = chance.normal(size=(asked, 4)), chance.normal(size=(known, 4))
    have = have[np.argsort(have[:, 0])]
    index, square = kin.nearest(ask, have, count)
    full = ((ask[:, None] - have[None]) ** 2).sum(axis=2)
    assert square == pytest.approx(np.sort(full, axis=1)[:, :count])
    assert np.take_along_axis(full, index, axis=1) == pytest.approx(square)


@settings(deadline=None)
@given(size=st.integers(1, 30), seed=seeds)
def test_the_weighted_median_is_that_of_repeated_values(size: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    values, times = chance.normal(size=size), chance.integers(1, 5, size)
    found = kin.weighted_median(values[None], times[None].astype(float))[0]
    repeated = np.sort(np.repeat(values, times))
    assert found == repeated[(len(repeated) - 1) // 2]


def test_the_trend_is_a_straight_line_where_there_is_one() -> None:
    x = np.linspace(-1.0, 1.0, 400)[:, None]
    line = stats.linregress(x[:, 0], 3.0 + 2.0 * x[:, 0])
    drawn = kin.trend(x, 3.0 + 2.0 * x[:, 0], np.array([[0.5]]), 1e-9, ratio=False)
    assert drawn == pytest.approx([line.intercept + line.slope * 0.5])
    ratio = kin.trend(x, np.exp(x[:, 0]), np.array([[0.25]]), 1e-9, ratio=True)
    assert ratio == pytest.approx([np.exp(0.25)])


def test_the_trend_never_leaves_what_is_known() -> None:
    x = np.linspace(-1.0, 1.0, 50)[:, None]
    drawn = kin.trend(x, x[:, 0], np.array([[-9.0], [9.0]]), 1.0, ratio=False)
    assert drawn == pytest.approx([-1.0, 1.0])


def test_a_heavy_ridge_believes_no_slope() -> None:
    x = np.linspace(-1.0, 1.0, 50)[:, None]
    assert kin.trend(x, x[:, 0], np.array([[1.0]]), 1e9, ratio=False) == pytest.approx(
        [0], abs=1e-6
    )


def test_two_quarters_keep_their_own_number() -> None:
    found, truth = objects(400, 3), np.empty(400)
    truth[:] = np.where(found.place[:, 0] < 1500, 2.0, 6.0)
    values = np.where(np.arange(400) % 4, truth, np.nan)
    guess = kin.numbers(found, values, SETTINGS, ratio=True)["value"].to_numpy()
    hidden, clear = np.isnan(values), np.abs(found.place[:, 0] - 1500) > 300
    assert guess[hidden & clear] == pytest.approx(truth[hidden & clear])
    assert np.isnan(guess[~hidden]).all()


def test_two_kinds_of_house_keep_their_own_number_wherever_they_stand() -> None:
    found = objects(400, 4)
    truth = np.where(found.traits[:, 0] > 0, 6.0, 2.0)
    values = np.where(np.arange(400) % 4, truth, np.nan)
    hidden = np.isnan(values) & (np.abs(found.traits[:, 0]) > 0.7)
    guess = kin.numbers(found, values, SETTINGS, ratio=True)["value"].to_numpy()
    assert (guess[hidden] == truth[hidden]).mean() > 0.95


def test_the_spread_is_that_of_the_errors_met() -> None:
    found, chance = objects(1500, 5), np.random.default_rng(5)
    truth = 1950 + 20 * chance.normal(size=1500)
    values = np.where(np.arange(1500) % 3, truth, np.nan)
    guess = kin.numbers(found, values, SETTINGS, ratio=False)
    hidden = np.isnan(values)
    error = np.abs(guess["value"].to_numpy() - truth)[hidden]
    within = (error <= guess["spread"].to_numpy()[hidden]).mean()
    assert within == pytest.approx(0.68, abs=0.06)


@settings(deadline=None)
@given(seed=seeds)
def test_a_guess_lies_among_what_is_known(seed: int) -> None:
    found, chance = objects(60, seed), np.random.default_rng(seed)
    values = np.where(chance.random(60) < 0.7, chance.uniform(1, 9, 60), np.nan)
    guess = kin.numbers(found, values, SETTINGS, ratio=True)
    told = guess["value"].dropna()
    assert told.between(np.nanmin(values), np.nanmax(values)).all()
    assert (guess["spread"].dropna() >= 0).all()


@pytest.mark.parametrize("count", [0, 1, 29], ids=lambda count: f"{count} known")
def test_too_few_known_say_nothing(count: int) -> None:
    values = np.full(100, np.nan)
    values[:count] = 3.0
    assert kin.numbers(objects(100, 1), values, SETTINGS, ratio=True).isna().all(axis=None)


def test_known_ones_in_a_single_block_say_nothing() -> None:
    # Nothing could be hidden to see how well it works.
    place = np.zeros((80, 2))
    values = np.where(np.arange(80) < 60, 2.0, np.nan)
    found = kin.Known(place, np.zeros((80, 1)))
    assert kin.numbers(found, values, SETTINGS, ratio=True).isna().all(axis=None)


def test_equal_houses_in_one_place_agree() -> None:
    values = np.where(np.arange(80) < 60, 2.0, np.nan)
    found = kin.Known(objects(80, 2).place, np.zeros((80, 1)))
    guess = kin.numbers(found, values, SETTINGS, ratio=True).iloc[60:]
    assert guess["value"].to_numpy() == pytest.approx(2.0)
    assert guess["spread"].to_numpy() == pytest.approx(0.0)


def nobody(count: int) -> kin.Rule:
    return kin.Rule(np.full(count, -1), np.zeros(count))


def test_kinds_follow_traits_and_say_how_many_agree() -> None:
    found = objects(400, 6)
    truth = (found.traits[:, 0] > 0).astype(np.int64)
    values = np.where(np.arange(400) % 4, truth, -1)
    guess = kin.kinds(found, values, nobody(400), SETTINGS)
    hidden = (values < 0) & (np.abs(found.traits[:, 0]) > 0.7)
    assert (guess["kind"].to_numpy()[hidden] == truth[hidden]).mean() > 0.95
    assert guess["share"].dropna().between(0.5, 1.0).mean() > 0.95
    assert guess["kind"][values >= 0].isna().all()


def test_a_heavy_rule_outvotes_the_neighbours_and_may_name_a_kind_of_its_own() -> None:
    found, values = objects(200, 7), np.where(np.arange(200) % 2, 0, -1)
    rule = kin.Rule(np.full(200, 5), np.full(200, 1e6))
    guess = kin.kinds(found, values, rule, SETTINGS)
    assert (guess["kind"].dropna() == 5).all()
    mute = kin.kinds(found, values, nobody(200), SETTINGS)
    assert (mute["kind"].dropna() == 0).all()


def test_the_same_question_has_the_same_answer() -> None:
    found, values = objects(300, 8), np.where(np.arange(300) % 3, np.arange(300) % 7, -1)
    first, second = (kin.kinds(found, values, nobody(300), SETTINGS) for _ in range(2))
    assert first.equals(second)

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from twin.energy import bayes


def test_one_parameter_by_hand() -> None:
    # Prior N(0, 2^2), one value 3 with noise 1: precision 1/4 + 1, mean 3/(1.25).
    mean, covariance, evidence = bayes.posterior(
        np.array([[1.0]]), np.zeros(1), np.array([3.0]), np.ones(1), np.array([2.0])
    )
    assert mean[0] == pytest.approx(2.4)
    assert covariance[0, 0] == pytest.approx(0.8)
    assert evidence == pytest.approx(stats.norm(0.0, np.sqrt(5.0)).logpdf(3.0))


def test_the_evidence_is_that_of_the_joint_normal() -> None:
    rng = np.random.default_rng(0)
    slope, offset, noise = rng.normal(size=(7, 3)), rng.normal(size=7), rng.uniform(0.2, 1.0, 7)
    prior, seen = np.array([0.5, 1.0, 2.0]), rng.normal(size=7)
    _, _, evidence = bayes.posterior(slope, offset, seen, noise, prior)
    whole = slope @ np.diag(prior**2) @ slope.T + np.diag(noise**2)
    assert evidence == pytest.approx(stats.multivariate_normal(offset, whole).logpdf(seen))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    prior, slope = np.array([1.0, 0.5]), rng.normal(size=(30, 2))
    distances = []
    for _ in range(400):
        truth = rng.normal(size=2) * prior
        seen = slope @ truth + rng.normal(size=30) * 0.4
        mean, covariance, _ = bayes.posterior(slope, np.zeros(30), seen, np.full(30, 0.4), prior)
        apart = truth - mean
        distances.append(apart @ np.linalg.solve(covariance, apart))
    assert stats.kstest(distances, stats.chi2(2).cdf).pvalue > 0.01


@pytest.mark.parametrize("truth", [0.12, 0.35, 0.7])
def test_the_spread_between_buildings_is_found(truth: float) -> None:
    rng = np.random.default_rng(2)
    slope = rng.normal(size=(400, 2)) * 0.1
    seen = rng.normal(size=400) * truth - truth**2 / 2.0
    found = bayes.fit(slope, np.zeros(400), seen, np.ones(400), 0.03, np.ones(2), (0.35, 0.5))
    assert found.spread == pytest.approx(truth, rel=0.12)


def test_a_group_says_more_than_one_of_its_buildings() -> None:
    slope, seen = np.array([[0.1]]), np.array([0.2])
    one, many = (
        bayes.posterior(slope, np.zeros(1), seen, np.hypot(0.35 * np.array([d]), 0.03), np.ones(1))
        for d in (1.0, 1.0 / np.sqrt(50.0))
    )
    assert many[1][0, 0] < one[1][0, 0]

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import finance

# Street lighting of one town: 80 % of the investment is lent at 3.5 % for 12 years, electricity
# costs 0.18 EUR/kWh, upkeep falls by 60,000 EUR/a; electricity by the path of the Danish building
# regulations (BR18 annex 2, table 8, linear between points) for 20 years from 2026.
OLD, NEW = 2614.5, 731.25
CAPEX, UPKEEP, PRICE, YEARS, RATE = 2_100_000.0, 60_000.0, 180.0, 20, 0.04
SAVING = (OLD - NEW) * PRICE + UPKEEP
PATH = ([2025, 2030, 2035, 2040], [0.135, 0.047, 0.0414, 0.0403])
FLOWS = np.array([-CAPEX, *[SAVING] * YEARS])
LOAN = finance.Loan(0.8 * CAPEX, 0.035, 12)
TONNES = (OLD - NEW) * np.interp(np.arange(2026, 2046), *PATH)


def _spent() -> float:
    costs = np.array([CAPEX, *[-UPKEEP] * YEARS])
    amounts = np.array([0.0, *[OLD - NEW] * YEARS])
    return float(finance.levelised_cost(costs, amounts, RATE))


@pytest.mark.parametrize(
    ("found", "published"),
    [
        (lambda: 100.0 * (1.0 - NEW / OLD), 72.030981),
        (lambda: SAVING, 398_985.0),
        (lambda: finance.annuity(RATE, YEARS), 0.073582),
        (lambda: finance.annuity(0.035, 12), 0.103484),
        (lambda: finance.net_present_value(FLOWS, RATE), 3_322_336.356747),
        (lambda: finance.internal_rate(FLOWS), 0.183450),
        (lambda: finance.payback(FLOWS), 5.263356),
        (lambda: finance.payback(FLOWS, RATE), 6.027923),
        (lambda: LOAN.service, 173_853.034763),
        (lambda: LOAN.coverage([SAVING] * YEARS), 2.294956),
        (lambda: LOAN.life_coverage([SAVING] * YEARS), 2.294956),
        (_spent, 50.190721),
        (TONNES.sum, 1948.033800),
        (lambda: 0.135 * (OLD - NEW) * YEARS, 5084.775),
        (lambda: -finance.net_present_value(FLOWS, RATE) / TONNES.sum(), -1705.481885),
    ],
)
def test_the_golden_case_of_street_lighting(found: object, published: float) -> None:
    assert callable(found)
    assert float(found()) == pytest.approx(published, abs=6e-7)


def test_an_annuity_repays_the_loan_and_without_interest_in_equal_parts() -> None:
    debt = 1000.0
    for _ in range(7):
        debt = debt * 1.05 - 1000.0 * float(finance.annuity(0.05, 7))
    assert debt == pytest.approx(0.0, abs=1e-9)
    assert finance.annuity(0.0, 8) == 0.125
    assert finance.annuity(1e-9, 8) == pytest.approx(0.125 * (1 + 4.5e-9), rel=1e-12)
    with pytest.raises(ValueError, match="above 0"):
        finance.annuity(0.05, 0)


def test_internal_rate_of_known_flows_and_none_where_it_means_nothing() -> None:
    assert finance.internal_rate([-100.0, 110.0]) == pytest.approx(0.1)
    assert finance.internal_rate([-100.0, 60.0, 0.0]) == pytest.approx(-0.4)
    flows = [[-1.0, 2.3, -1.32], [1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [-1.0, np.nan, 2.0]]
    assert np.isnan(finance.internal_rate(flows)).all()


def test_payback_of_flows_that_never_pay_and_that_cost_nothing() -> None:
    found = finance.payback([[-10.0, 1.0, 1.0], [0.0, 1.0, 1.0], [-1.0, 0.0, 2.0]])
    assert found.tolist() == [math.inf, 0.0, 1.5]


def test_what_wears_out_is_made_again_and_what_is_left_counts() -> None:
    found = finance.investments([100.0, 100.0, 100.0], [12.0, 40.0, 10.9], 20)
    assert found[0].tolist() == pytest.approx([100, *[0] * 11, 100, *[0] * 7, -100 / 3])
    assert found[1].tolist() == pytest.approx([100, *[0] * 19, -50])
    assert found[2].tolist() == pytest.approx([100, *[0] * 9, 100, *[0] * 10])
    with pytest.raises(ValueError, match="a year at least"):
        finance.investments(1.0, 0.5, 20)


def test_real_and_nominal_tell_the_same_and_do_not_mix() -> None:
    real, inflation = 0.03, 0.02
    nominal = finance.nominal_rate(real, inflation)
    assert finance.real_rate(nominal, inflation) == pytest.approx(real)
    grown = finance.price_path(50.0, inflation, 30) * (1.0 + inflation)
    one = finance.net_present_value(np.concatenate([[-600.0], grown]), nominal)
    other = finance.net_present_value([-600.0, *[50.0] * 30], real)
    assert one == pytest.approx(float(other))
    projects = _projects(basis="nominal")
    with pytest.raises(ValueError, match="nominal flows"):
        projects.worth(finance.Terms(0.03, "real", 30, 0.0, "assumed"))


def _projects(basis: finance.Basis = "real", saving: float = 800.0) -> finance.Projects:
    one = np.ones(1)
    return finance.Projects(
        investment=10_000.0 * one,
        lifetime=40.0 * one,
        granted=2_500.0 * one,
        saving=saving * one,
        growth=0.01,
        running=50.0 * one,
        basis=basis,
    )


def test_worth_of_a_project_by_hand() -> None:
    years = range(1, 31)
    by_hand = -10_000.0 + 2_500.0 + 10_000.0 * 0.25 / 1.03**30
    by_hand += sum((800.0 * 1.01 ** (year - 1) - 50.0) / 1.03**year for year in years)
    found = _projects().worth(finance.Terms(0.03, "real", 30, 0.0, "assumed"))
    assert found == pytest.approx([by_hand])


def test_tax_and_grants() -> None:
    assert finance.with_vat(119.0, 0.19, 0.25) == pytest.approx(125.0)
    assert finance.grant([1000.0, 9000.0], 0.25, 2000.0).tolist() == [250.0, 2000.0]
    with pytest.raises(ValueError, match="between 0 and 1"):
        finance.grant(1000.0, 1.1)


def test_cost_by_tonne_only_where_it_ranks_anything() -> None:
    found = finance.abatement_cost([500.0, -500.0, 0.0, 500.0, 500.0], [5, 5, 5, 0.001, -2], 0.1)
    assert found[0] == 100.0
    assert np.isnan(found[1:]).all()


def test_terms_take_the_countrys_own_row_first() -> None:
    own, other = finance.terms("DK", "municipality"), finance.terms("XX", "owner", years=10)
    assert (own.rate, own.vat) == (0.035, 0.0)
    assert (other.years, other.vat, other.evidence) == (10, 0.21, "assumed")


money = st.floats(1.0, 1e6)


@given(money, st.lists(money, min_size=1, max_size=40), st.floats(0.0, 0.3), st.floats(0.0, 0.2))
def test_worth_falls_with_the_rate_and_is_none_at_the_internal_rate(
    paid: float, earned: list[float], rate: float, more: float
) -> None:
    flows = np.array([-paid, *earned])
    low, high = (float(finance.net_present_value(flows, one)) for one in (rate, rate + more))
    assert high <= low + 1e-9 * sum(earned)
    found = float(finance.internal_rate(flows))
    if not math.isnan(found):
        left = finance.net_present_value(flows, found)
        scale = finance.net_present_value(np.abs(flows), found)
        assert abs(float(left)) <= 1e-8 * float(scale)


@given(st.floats(0.0, 0.3), st.integers(1, 60))
def test_annuity_times_present_value_of_a_year_is_one(rate: float, years: int) -> None:
    ones = np.array([0.0, *[1.0] * years])
    assert float(finance.annuity(rate, years) * finance.net_present_value(ones, rate)) == (
        pytest.approx(1.0)
    )

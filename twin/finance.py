"""What investments cost and earn over the years: present values, annuities, payback, loans, grants.

Money is handled as arrays of yearly flows: the last axis is the year, 0 is the moment of the
investment, flows of a year fall at its end. Real flows (prices of one year) go with real rates,
nominal flows with nominal ones; `Basis` names which, and mixing is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from scipy import optimize

from layers import tables

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Basis = Literal["real", "nominal"]
"""Whether flows are in the prices of one year, or in the money of each year."""

HIGHEST_RATE: Final = 1e6
"""Beyond this an internal rate of return says nothing [1/a]."""

CITATIONS: Final = (
    (
        "Short, W., Packey, D. J., Holt, T. (1995): A Manual for the Economic Evaluation of Energy "
        "Efficiency and Renewable Energy Technologies. NREL/TP-462-5173"
    ),
    (
        "EN 15459-1:2017. Energy performance of buildings. Economic evaluation procedure for "
        "energy systems in buildings"
    ),
    (
        "Taylor, S. (2012): The ranking of negative-cost emissions reduction measures. Energy "
        "Policy 48, 430-438"
    ),
)


# Rates -----------------------------------------------------------------------------------------


def real_rate(nominal: ArrayLike, inflation: ArrayLike) -> Floats:
    """Real rate [1/a] of a nominal rate and inflation [1/a] (Fisher)."""
    return np.asarray((1.0 + np.asarray(nominal)) / (1.0 + np.asarray(inflation)) - 1.0)


def nominal_rate(real: ArrayLike, inflation: ArrayLike) -> Floats:
    """Nominal rate [1/a] of a real rate and inflation [1/a] (Fisher)."""
    return np.asarray((1.0 + np.asarray(real)) * (1.0 + np.asarray(inflation)) - 1.0)


def annuity(rate: ArrayLike, years: ArrayLike) -> Floats:
    """Yearly payment that repays 1 with interest in equal parts [1/a].

    Parameters
    ----------
    rate
        Interest [1/a], above -1; 0 gives equal parts without interest.
    years
        Number of payments [a], above 0.

    Raises
    ------
    ValueError
        If a rate or a number of years is impossible.
    """
    interest, count = np.broadcast_arrays(
        np.asarray(rate, dtype=np.float64), np.asarray(years, dtype=np.float64)
    )
    if not ((interest > -1.0) & (count > 0.0)).all():
        raise ValueError("An annuity needs a rate above -1 and a number of years above 0.")
    paid = -np.expm1(-count * np.log1p(interest))
    flat = interest == 0.0
    return np.where(flat, 1.0 / count, interest / np.where(flat, 1.0, paid))


# Flows -----------------------------------------------------------------------------------------


def price_path(price: ArrayLike, growth: ArrayLike, years: int) -> Floats:
    """Prices of the years 1 to n of a price that grows evenly from year 1 on, (..., years).

    Parameters
    ----------
    price
        Price of the first year [currency by unit].
    growth
        Change by year [1/a]: real for real flows, nominal for nominal ones.
    years
        How many [a].
    """
    base, step = np.broadcast_arrays(np.asarray(price, float), np.asarray(growth, float))
    return np.asarray(base[..., None] * (1.0 + step[..., None]) ** np.arange(years))


def investments(amount: ArrayLike, lifetime: ArrayLike, years: int) -> Floats:
    """Investments of the years 0 to n, as often as the thing wears out, (..., years + 1).

    What is left of the last one at the end is given back in the last year as its residual value:
    the straight-line share of its lifetime that is still to come (EN 15459-1:2017).

    Parameters
    ----------
    amount
        One investment [currency].
    lifetime
        Years until it must be made again [a]; whole years count.
    years
        Years looked at [a].

    Raises
    ------
    ValueError
        If a lifetime is shorter than a year.
    """
    cost, life = np.broadcast_arrays(np.asarray(amount, float), np.asarray(lifetime, float))
    whole = np.floor(life)
    if not (whole >= 1.0).all():
        raise ValueError("A lifetime must be a year at least.")
    year = np.arange(years + 1)
    again = (year % whole[..., None] == 0) & (year < max(years, 1))
    flows: Floats = cost[..., None] * again
    used = (years - 1) % whole + 1.0 if years else np.zeros_like(whole)
    flows[..., -1] -= cost * (1.0 - used / whole) if years else 0.0
    return flows


def net_present_value(flows: ArrayLike, rate: ArrayLike) -> Floats:
    """Value today of yearly flows, the first of which falls today, (...) [currency].

    Parameters
    ----------
    flows : (..., years + 1) [currency]
        Money in is positive.
    rate : (...) [1/a]
        On the same basis (real or nominal) as the flows.
    """
    money = np.asarray(flows, dtype=np.float64)
    growth = 1.0 + np.asarray(rate, dtype=np.float64)
    return np.asarray((money / growth[..., None] ** np.arange(money.shape[-1])).sum(axis=-1))


def internal_rate(flows: ArrayLike) -> Floats:
    """Rate at which the flows are worth nothing today, (...) [1/a].

    NaN where there is none, or where flows change sign more than once: then there may be several,
    and none of them means anything.

    Parameters
    ----------
    flows : (..., years + 1) [currency]
        Money in is positive.
    """
    money = np.asarray(flows, dtype=np.float64)
    rows = money.reshape(-1, money.shape[-1])
    return np.array([_internal_rate(row) for row in rows]).reshape(money.shape[:-1])


def _internal_rate(flows: Floats) -> float:
    signs = np.sign(flows[flows != 0.0])
    if not np.isfinite(flows).all() or np.count_nonzero(np.diff(signs)) != 1:
        return float("nan")

    def worth(log_growth: float) -> float:
        # Weighed by growth, so that neither end of the search overflows.
        years = np.arange(len(flows))
        exponent = -log_growth * (years if log_growth > 0.0 else years - len(flows) + 1)
        return float(flows @ np.exp(exponent))

    low, high = -np.log1p(HIGHEST_RATE), np.log1p(HIGHEST_RATE)
    if worth(low) * worth(high) > 0.0:
        return float("nan")
    return float(np.expm1(optimize.brentq(worth, low, high, xtol=1e-14, rtol=1e-14)))


def payback(flows: ArrayLike, rate: ArrayLike = 0.0) -> Floats:
    """Years until the flows have earned what was invested, (...) [a]; infinite if they never do.

    Simple at a rate of 0, discounted above; within a year money comes in evenly. What is spent
    again later is not seen: use the present value to choose.

    Parameters
    ----------
    flows : (..., years + 1) [currency]
        Money in is positive.
    rate : (...) [1/a]
        On the same basis as the flows.
    """
    money = np.asarray(flows, dtype=np.float64)
    growth = 1.0 + np.asarray(rate, dtype=np.float64)
    worth = money / growth[..., None] ** np.arange(money.shape[-1])
    sums = worth.cumsum(axis=-1)
    reached = sums >= 0.0
    first = reached.argmax(axis=-1)
    at = np.maximum(first, 1)[..., None]
    before = np.take_along_axis(sums, at - 1, axis=-1)[..., 0]
    gained = np.take_along_axis(worth, at, axis=-1)[..., 0] if money.shape[-1] > 1 else before
    share = np.divide(-before, gained, out=np.zeros_like(gained), where=gained > 0.0)
    years = np.where(first > 0, first - 1 + share, 0.0)
    return np.asarray(np.where(reached.any(axis=-1), years, np.inf))


def levelised_cost(costs: ArrayLike, amounts: ArrayLike, rate: ArrayLike) -> Floats:
    """Cost of each unit over the whole time, (...) [currency by unit]; NaN without any unit.

    Parameters
    ----------
    costs : (..., years + 1) [currency]
        Money out is positive.
    amounts : (..., years + 1) [unit]
        What is made or saved in each year.
    rate : (...) [1/a]
        On the same basis as the costs; amounts are discounted too (NREL/TP-462-5173).
    """
    cost, amount = net_present_value(costs, rate), net_present_value(amounts, rate)
    some = amount > 0.0
    return np.asarray(np.divide(cost, amount, out=np.full_like(cost, np.nan), where=some))


# Tax, grants, loans ------------------------------------------------------------------------------


def with_vat(amount: ArrayLike, included: ArrayLike, wanted: ArrayLike) -> Floats:
    """An amount with another rate of value added tax than it holds [currency].

    Parameters
    ----------
    amount
        [currency], with the tax `included`.
    included, wanted
        Rates of tax [1]; 0 is without.
    """
    return np.asarray(
        np.asarray(amount) / (1.0 + np.asarray(included)) * (1.0 + np.asarray(wanted))
    )


def grant(amount: ArrayLike, share: ArrayLike, most: ArrayLike = np.inf) -> Floats:
    """Grant on an amount: a share of it, never more than a cap [currency].

    Parameters
    ----------
    amount
        What the grant is reckoned on [currency].
    share
        [1], from 0 to 1.
    most
        Cap [currency].

    Raises
    ------
    ValueError
        If a share is not between 0 and 1: a grant never exceeds what is paid.
    """
    part = np.asarray(share, dtype=np.float64)
    if not ((part >= 0.0) & (part <= 1.0)).all():
        raise ValueError("The share of a grant lies between 0 and 1.")
    return np.asarray(np.minimum(np.asarray(amount) * part, np.asarray(most)))


@dataclass(frozen=True)
class Loan:
    """A loan that is repaid in equal yearly payments.

    Parameters
    ----------
    amount
        [currency].
    rate
        Interest [1/a], nominal.
    years
        Number of payments [a].
    """

    amount: float
    rate: float
    years: int

    @property
    def service(self) -> float:
        """Yearly payment [currency/a]."""
        return self.amount * float(annuity(self.rate, self.years))

    def coverage(self, earned: ArrayLike) -> float:
        """Least cover of a payment by what is earned in its year (DSCR) [1].

        Parameters
        ----------
        earned : (years,) [currency/a]
            What is there for payments in each year of the loan.
        """
        return float(np.min(np.asarray(earned, dtype=np.float64)[: self.years]) / self.service)

    def life_coverage(self, earned: ArrayLike) -> float:
        """Cover of the loan by the value of what is earned while it runs (LLCR) [1]."""
        money = np.concatenate([[0.0], np.asarray(earned, dtype=np.float64)[: self.years]])
        return float(net_present_value(money, self.rate)) / self.amount


# Projects ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """How money of different years is compared.

    Parameters
    ----------
    rate
        Discount rate [1/a].
    basis
        Whether rate and price growth are real or nominal.
    years
        Years looked at [a].
    vat
        Value added tax that the payer bears and does not get back [1]; 0 if it does.
    evidence
        Grade of the worst of these figures: published or assumed.
    """

    rate: float
    basis: Basis
    years: int
    vat: float
    evidence: str


def terms(country: str, payer: str, years: int | None = None) -> Terms:
    """Terms of a payer in a country, in real money.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code; a row for every country stands in, as assumed.
    payer
        owner, household, municipality, company or state.
    years
        Years looked at [a]; by default those of finance.csv.
    """
    rows = tables.load("finance", "twin.data")
    rate = _row(rows, "discount_rate", country, payer)
    horizon = _row(rows, "years", country, payer)
    vat = _row(rows, "vat", country, payer)
    published = all(row["evidence"] == "published" for row in (rate, horizon, vat))
    return Terms(
        rate=float(rate["value"]),
        basis="real",
        years=int(horizon["value"]) if years is None else years,
        vat=float(vat["value"]),
        evidence="published" if published else "assumed",
    )


def _row(rows: Any, key: str, country: str, payer: str) -> Any:
    """The row that fits best: own country before any, own payer before any."""
    found = rows[rows["key"] == key]
    found = found[found["country"].isin([country, "*"]) & found["payer"].isin([payer, "*"])]
    order = (found["country"] == "*").astype(int) * 2 + (found["payer"] == "*").astype(int)
    return found.loc[order.sort_values(kind="stable").index[0]]


@dataclass(frozen=True)
class Projects:
    """Investments that save money, one entry each; all (n,), of one payer, currency and basis.

    Parameters
    ----------
    investment
        [currency], with the tax that the payer bears.
    lifetime
        [a].
    granted
        Grant on the first investment [currency].
    saving
        What is saved in year 1 [currency/a]; negative where it costs more.
    growth
        Change of that saving by year [1/a].
    running
        Change of running cost [currency/a].
    basis
        Whether growth is real or nominal.
    """

    investment: Floats
    lifetime: Floats
    granted: Floats
    saving: Floats
    growth: Floats | float
    running: Floats
    basis: Basis

    def flows(self, years: int) -> Floats:
        """Money in (positive) and out by year for the one who invests, (n, years + 1)."""
        flows = -investments(self.investment, self.lifetime, years)
        flows[:, 0] += self.granted
        growth = np.broadcast_to(self.growth, np.shape(self.saving))
        flows[:, 1:] += price_path(self.saving, growth, years) - self.running[:, None]
        return flows

    def worth(self, given: Terms) -> Floats:
        """Net present value of each (n,) [currency].

        Raises
        ------
        ValueError
            If rate and flows are not both real or both nominal.
        """
        if given.basis != self.basis:
            raise ValueError(f"{self.basis} flows cannot be discounted at a {given.basis} rate.")
        return net_present_value(self.flows(given.years), given.rate)


def abatement_cost(cost: ArrayLike, tonnes: ArrayLike, least: float) -> Floats:
    """Cost of each tonne avoided (n,) [currency/t], only where that is a figure to compare by.

    NaN where the cost is not above zero: a measure that pays for itself looks the better the fewer
    tonnes it avoids (Taylor 2012), so such measures go by their tonnes and their money, side by
    side. NaN too where hardly anything is avoided, since the ratio is then noise.

    Parameters
    ----------
    cost : (n,) [currency]
        Cost less what is saved.
    tonnes : (n,) [t]
        Avoided over the same time.
    least
        Fewest tonnes that a ratio may rest on [t], above 0.
    """
    money, mass = np.asarray(cost, dtype=np.float64), np.asarray(tonnes, dtype=np.float64)
    said = (money > 0.0) & (mass >= least)
    return np.asarray(
        np.divide(money, mass, out=np.full(np.shape(money + mass), np.nan), where=said)
    )

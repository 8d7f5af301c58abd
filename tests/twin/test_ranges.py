"""Ranges: closed forms, a second route by plain Monte Carlo, and laws of paired worlds."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from layers import tables
from twin import ranges, simulate, spreads
from twin.ledger import COLUMNS, Ledger
from twin.result import Result
from twin.spreads import Ends

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TENTH = norm.ppf(0.9)
ALL = "Greenhouse gases, all that is computed"


def book(*rows: dict[str, Any]) -> Ledger:
    usual = {
        "layer": "buildings", "year": 2030, "scenario": "x", "sector": "stationary",
        "end_use": "space_heating", "kind": "activity", "carrier": "heating_oil", "unit": "kWh",
        "state": "standing", "privacy": "public", "evidence": "assumed", "activity": 1.0,
    }  # fmt: skip
    frame = pd.DataFrame([usual | row for row in rows])
    return Ledger(frame.reindex(columns=list(COLUMNS)))


def heated(house: str, tonnes: float, **more: Any) -> dict[str, Any]:
    return {"object_id": house, "tco2e": tonnes, **more}


def result(of: Ledger, **figures: float) -> Result:
    return Result({}, of, {"figures": figures, "people": {}})


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> dict[str, Ends]:
    """Errors that a test sets itself; all others are none."""
    known = {name: Ends(1.0, 1.0) for name in ("activity", "own", "factor", "effect", "effort")}
    known["resolution"] = Ends(0.0, 0.0)
    monkeypatch.setattr(spreads, "_table", lambda: known)
    return known


# ---------------------------------------------------------------- errors


def test_ends_of_one_error_are_those_of_the_table() -> None:
    ends = Ends(0.5, 1.1)
    low, high = spreads.between(spreads.factors(spreads.normal("x"), ends))
    assert (low, high) == pytest.approx(ends, rel=1e-3)
    moved = spreads.between(spreads.amounts(spreads.normal("x"), Ends(-3.0, 1.0)))
    assert moved == pytest.approx((-3.0, 1.0), rel=1e-3)


def test_errors_are_standard_normal_independent_and_the_same_again() -> None:
    one, other = spreads.normal("one"), spreads.normal("other")
    assert one.mean() == pytest.approx(0.0, abs=1e-12)
    assert one.std() == pytest.approx(1.0, abs=1e-3)
    assert abs(float(np.corrcoef(one, other)[0, 1])) < 4.0 / np.sqrt(spreads.WORLDS)
    np.testing.assert_array_equal(one, spreads.normal.__wrapped__("one"))


def test_the_longest_key_that_fits_counts_and_an_unknown_kind_is_no_guess() -> None:
    assert spreads.spread("effect", "buildings", "space_heating") == (0.5, 1.1)
    assert spreads.spread("effect", "buildings", "lighting") == spreads.spread(
        "effect", "buildings"
    )
    assert spreads.spread("effect", "moon") == spreads.spread("effect")
    with pytest.raises(KeyError, match="luck"):
        spreads.spread("luck", "buildings")


def test_every_row_says_where_it_is_from_and_holds_its_middle() -> None:
    rows = tables.load("spreads", "twin.data")
    assert rows["source"].notna().all()
    assert rows["key"].is_unique
    middle = (rows["unit"] == "1") & ~rows["key"].str.startswith("resolution")
    assert ((rows["low"] < 1.0) & (rows["high"] > 1.0))[middle].all()
    assert ((rows["low"] < 0.0) & (rows["high"] > 0.0))[~middle].all()


def test_every_group_of_people_has_a_level_and_an_effect() -> None:
    for group in {*tables.load("people", "twin.data")["group"], "heat", "driven"}:
        assert ranges.moved(group, 1.0, 10.0) == pytest.approx(ranges.moved(group, 1.0, 10.0, None))
        assert ranges.level(group, 10.0).low < 10.0 < ranges.level(group, 10.0).high


# ---------------------------------------------------------------- closed forms


def test_one_error_of_all_objects_is_the_closed_form(plain: dict[str, Ends]) -> None:
    plain["activity"] = Ends(0.8, 1.3)
    of = book(heated("a", 70.0), heated("b", 30.0))
    found = ranges.of_run(result(of))[ALL]
    assert found == pytest.approx((80.0, 130.0), rel=1e-3)


def test_small_independent_errors_add_up_in_squares(plain: dict[str, Ends]) -> None:
    """Linear propagation: 100 t off by 3 % and 200 t off by 2 %, and both off by 1 %."""
    share = {"natural_gas": 0.03, "heating_oil": 0.02}
    for name, one in share.items():
        plain[f"factor.{name}"] = Ends(np.exp(-one * TENTH), np.exp(one * TENTH))
    plain["activity"] = Ends(np.exp(-0.01 * TENTH), np.exp(0.01 * TENTH))
    of = book(heated("a", 100.0, carrier="natural_gas"), heated("b", 200.0))
    low, high = ranges.of_run(result(of))[ALL]
    wide = np.sqrt((100.0 * 0.03) ** 2 + (200.0 * 0.02) ** 2 + (300.0 * 0.01) ** 2)
    assert (high - low) / 2.0 == pytest.approx(TENTH * wide, rel=0.02)
    assert (low + high) / 2.0 == pytest.approx(300.0, rel=1e-3)


def test_single_objects_err_by_themselves_and_many_even_out(plain: dict[str, Ends]) -> None:
    """One house off by s; a hundred equal ones together by a tenth of it."""
    plain["own.assumed"] = Ends(np.exp(-0.2 * TENTH), np.exp(0.2 * TENTH))
    for count, share in ((1, 0.2), (100, 0.02)):
        of = book(*(heated(f"h{number}", 100.0 / count) for number in range(count)))
        low, high = ranges.of_run(result(of))[ALL]
        assert (high - low) / 2.0 == pytest.approx(100.0 * share * TENTH, rel=2e-3)


def test_carriers_of_one_house_err_together(plain: dict[str, Ends]) -> None:
    plain["own.assumed"] = Ends(np.exp(-0.2 * TENTH), np.exp(0.2 * TENTH))
    of = book(heated("a", 50.0), heated("a", 50.0, carrier="biomass"))
    low, high = ranges.of_run(result(of))[ALL]
    assert (high - low) / 2.0 == pytest.approx(20.0 * TENTH, rel=2e-3)


# ---------------------------------------------------------------- before and after


BEFORE = book(heated("a", 1000.0), heated("b", 500.0), heated("c", 200.0, carrier="electricity"),
              heated("s", 300.0, layer="streets", sector="transport", end_use="cars",
                     carrier="diesel"))  # fmt: skip
AFTER = book(heated("a", 900.0), heated("b", 500.0), heated("c", 200.0, carrier="electricity"),
             heated("s", 290.0, layer="streets", sector="transport", end_use="cars",
                    carrier="diesel"))  # fmt: skip


def test_a_difference_in_the_same_worlds_is_surer_than_of_two_runs_apart() -> None:
    low, high = ranges.of_change(result(BEFORE), result(AFTER))[ALL]
    sides = [ranges.of_run(result(one))[ALL] for one in (BEFORE, AFTER)]
    widths = [one.high - one.low for one in sides]
    apart = np.hypot(widths[0], widths[1])
    assert high - low < 0.2 * apart
    assert low < -110.0 < high < 0.0


def test_a_plan_that_changes_nothing_has_no_range_at_all() -> None:
    run = result(BEFORE, **{"streets.vehicle_km": 5e6, "buildings.heat_need": 7e6})
    for ends in ranges.of_change(run, run).values():
        assert ends == (0.0, 0.0)


def test_a_difference_is_that_of_both_sides_in_every_world(plain: dict[str, Ends]) -> None:
    """Without errors of the effect: worlds of after less worlds of before, the same worlds."""
    plain.update(activity=Ends(0.7, 1.3), factor=Ends(0.9, 1.2))
    parts = [ranges.worlds(ranges.booked(one), "tco2e") for one in (BEFORE, AFTER)]
    moved = ranges.worlds(ranges.booked(AFTER - BEFORE), "tco2e", change=True)
    np.testing.assert_allclose(moved, parts[1] - parts[0], rtol=1e-9, atol=1e-9)


def test_plain_monte_carlo_over_every_row_gives_the_same_ends() -> None:
    """Second route: loops over rows and laws of scipy, with independent random numbers."""
    chance = np.random.default_rng(8)
    draws = 40_000

    def split(ends: Ends) -> Floats:
        z = chance.standard_normal(draws)
        return np.asarray(np.where(z < 0.0, ends.low ** (-z / TENTH), ends.high ** (z / TENTH)))

    heat = split(spreads.spread("activity", "buildings", "space_heating"))
    cars = split(spreads.spread("activity", "streets", "cars"))
    factor = {name: split(spreads.spread("factor", name))
              for name in ("heating_oil", "electricity", "diesel")}  # fmt: skip
    saved = split(spreads.spread("effect", "buildings", "space_heating"))
    moved = split(spreads.spread("effect", "streets", "cars"))
    own = spreads.spread("own", "assumed")
    width = np.log(own.high / own.low) / 2.0 / TENTH
    single = [chance.standard_normal(draws) * width * size for size in (100.0, 10.0)]
    left = chance.standard_normal(draws) * 0.3 / TENTH
    change = (
        -100.0 * heat * factor["heating_oil"] * saved - 10.0 * cars * factor["diesel"] * moved
        + single[0] + single[1] + left
    )  # fmt: skip
    wanted = np.quantile(change, [0.1, 0.9])
    found = ranges.of_change(result(BEFORE), result(AFTER))[ALL]
    assert found == pytest.approx(tuple(wanted), rel=0.03)


@settings(max_examples=20, deadline=None)
@given(st.floats(1.0, 1e6), st.floats(-0.9, 5.0), st.floats(0.01, 100.0))
def test_ranges_keep_to_the_size_of_their_figures(size: float, share: float, scale: float) -> None:
    """Ten times the town, ten times the range; and what is saved nowhere is added nowhere."""
    before, after = book(heated("a", size)), book(heated("a", size * (1.0 + share)))
    low, high = ranges.of_change(result(before), result(after))[ALL]
    assert low <= size * share * (1.0 + 1e-9) + 1e-9
    assert high >= size * share * (1.0 - 1e-9) - 1e-9
    grown = [book(heated("a", size * scale)), book(heated("a", size * (1.0 + share) * scale))]
    wide = ranges.of_change(result(grown[0]), result(grown[1]))[ALL]
    assert wide == pytest.approx((low * scale, high * scale), rel=1e-6, abs=1e-9)


def test_what_is_not_computed_has_no_range() -> None:
    none = book(heated("a", float("nan")))
    assert ALL not in ranges.of_run(result(none))
    assert ALL not in ranges.of_change(result(none), result(BEFORE))


# ---------------------------------------------------------------- money and figures of people


def test_an_investment_has_the_range_of_its_unit_costs() -> None:
    paid = {"kind": "capex", "measure": "old", "cost": 1e6, "currency": "EUR", "carrier": None,
            "price_basis": "2024, VAT unknown", "payer": "owner", "tco2e": None,
            "end_use": None, "object_id": None}  # fmt: skip
    both = [heated("a", 1.0), paid]
    for grade, ends in (("assumed", (0.6e6, 1.7e6)), ("estimated", (0.8e6, 1.3e6))):
        run = result(book(both[0], both[1] | {"evidence": grade}))
        title = simulate.INVESTMENT.format(basis="2024, VAT unknown")
        assert ranges.of_run(run)[title] == pytest.approx(ends, rel=1e-3)
        assert ranges.of_change(result(book(both[0])), run)[title] == pytest.approx(ends, rel=1e-3)


def test_noise_errs_by_decibels_that_leave_the_difference() -> None:
    assert ranges.level("noise", 60.0) == (57.0, 63.0)
    low, high = ranges.moved("noise", -1.0, 60.0)
    assert -1.5 < low < -1.35
    assert -0.65 < high < -0.5


def test_known_ends_of_prices_count_and_the_traffic_beside() -> None:
    """Prices from half to twice alone: -200 to -50; with the effect of 0.6 to 1.4 it is wider."""
    low, high = ranges.moved("access", -100.0, 300.0, Ends(-200.0, -50.0))
    assert -230.0 < low < -200.0
    assert -50.0 < high < -40.0
    assert ranges.level("air", 100.0, Ends(50.0, 200.0)) == (50.0, 200.0)


def test_figures_of_objects_are_in_the_ranges_of_a_run() -> None:
    run = result(BEFORE, **{"buildings.heat_need": 1000.0})
    assert ranges.of_run(run)["Heat need of buildings"] == (750.0, 1150.0)
    later = replace(run, record={**run.record, "figures": {"buildings.heat_need": 900.0}})
    low, high = ranges.of_change(run, later)["Heat need of buildings"]
    # Heat 0.75 to 1.15, effect 0.5 to 1.1: more than one error alone, less than both at their ends.
    assert -115.0 * 1.1 < low < -115.0
    assert -50.0 < high < -50.0 * 0.75


@cache
def names() -> set[str]:
    return {one.indicator for one in (*simulate.BOOKED, *simulate.OBJECTS)}


def test_every_figure_of_a_summary_has_a_range() -> None:
    run = result(BEFORE, **{one.name: 1.0 for one in simulate.OBJECTS})
    told = {one.indicator for one in simulate.summary(run)} & names()
    assert told <= set(ranges.of_run(run))

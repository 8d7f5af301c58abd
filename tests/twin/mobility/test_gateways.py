from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from twin.mobility import gateways
from twin.mobility.demand_parameters import demand_parameters

PARAMETERS = demand_parameters("DK")
FLOWS = hnp.arrays(np.float64, 4, elements=st.floats(1.0, 1000.0).map(lambda x: round(x, 2)))


def table(**columns: object) -> pd.DataFrame:
    usual: dict[str, object] = {"through_share": np.nan, "kind": "count"}
    return pd.DataFrame(usual | columns)


def test_two_gateways_by_hand() -> None:
    # All that comes through the one goes out at the other; the mean of both totals holds.
    found = gateways.through_matrix(np.array([30.0, 10.0]), np.array([14.0, 42.0]))
    # Rows 36, 12, columns 12, 36: means of both totals, 48.
    np.testing.assert_allclose(found, [[0.0, 36.0], [12.0, 0.0]])


@settings(max_examples=60, deadline=None)
@given(FLOWS)
def test_through_trips_meet_every_count_and_turn_nobody_round(flow: np.ndarray) -> None:
    # A through matrix without turning round exists if no gateway has more than half of all.
    out = flow[::-1].copy()
    found = gateways.through_matrix(flow, out)
    assert found.diagonal().tolist() == [0.0] * 4
    assert (found >= 0.0).all()
    fits = (flow + out).max() <= 0.99 * flow.sum()
    if fits:
        np.testing.assert_allclose(found.sum(axis=1), flow, rtol=1e-9)
        np.testing.assert_allclose(found.sum(axis=0), out, rtol=1e-9)
    elif (flow + out).max() > flow.sum():
        # Then all others send all they have to that one, and it to them.
        hub = int((flow + out).argmax())
        others = np.delete(np.arange(4), hub)
        np.testing.assert_allclose(found[others, hub], flow[others])
        np.testing.assert_allclose(found[hub, others], out[others])
        assert found[np.ix_(others, others)].sum() == 0.0


def test_gateways_that_cars_cannot_get_between_have_no_through_trips() -> None:
    reached = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=bool)
    found = gateways.through_matrix(np.full(3, 10.0), np.full(3, 10.0), reached)
    assert (found[~reached] == 0.0).all()
    assert (found.sum(axis=1) <= 10.0).all()
    assert (found.sum(axis=0) <= 10.0).all()
    assert found.sum() > 0.0


def test_every_vehicle_that_comes_in_goes_somewhere() -> None:
    counted = table(inward=[900.0, 600.0, 300.0], outward=[800.0, 700.0, 300.0],
                    through_share=[0.3, 0.4, np.nan])  # fmt: skip
    draw = np.random.default_rng(3)
    cost = draw.uniform(1.0, 30.0, (8, 8))
    drawn = np.array([10.0, 0.0, 5.0, 20.0, 1.0])
    found = gateways.external(counted, cost, drawn, PARAMETERS)
    into = found.through.sum(axis=1) + found.inward.sum(axis=1)
    out = found.through.sum(axis=0) + found.outward.sum(axis=0)
    np.testing.assert_allclose(into, counted["inward"], rtol=1e-9)
    np.testing.assert_allclose(out, counted["outward"], rtol=1e-9)
    assert found.inward[:, 1].sum() == found.outward[1].sum() == 0.0
    assert found.through_known
    assert "1 of 3 gateways" in found.limits[0]
    assert gateways.UNKNOWN not in found.limits
    assert found.residual <= 1e-9


def test_nearer_places_draw_more() -> None:
    cost = np.array([[1.0, 9.0, 5.0], [9.0, 1.0, 15.0], [5.0, 15.0, 0.0]])
    counted = table(inward=[100.0], outward=[100.0], through_share=[0.0])
    found = gateways.external(counted, cost, np.ones(2), PARAMETERS)
    steep = gateways.deterrence(PARAMETERS)
    assert found.inward[0, 0] / found.inward[0, 1] == pytest.approx(np.exp(10.0 * steep))
    # A plane without end at 30 km/h (2 min/km): mean trip 2/m.
    mean = PARAMETERS.rate @ PARAMETERS.length / PARAMETERS.rate.sum()
    assert steep == pytest.approx(2.0 / (mean * 2.0))


def test_one_gateway_has_no_through_trips_and_the_misfit_is_said() -> None:
    counted = table(inward=[100.0], outward=[50.0], through_share=[0.5])
    found = gateways.external(counted, np.ones((2, 2)), np.ones(1), PARAMETERS)
    assert found.through.sum() == 0.0
    assert found.inward.sum() == 100.0
    assert found.outward.sum() == 50.0
    assert any("do not fit together" in sentence for sentence in found.limits)


@pytest.mark.parametrize("nothing", [None, table(inward=[], outward=[], through_share=[])])
def test_without_counts_through_traffic_is_unknown(nothing: pd.DataFrame | None) -> None:
    found = gateways.external(nothing, np.ones((3, 3)), np.ones(3), PARAMETERS)
    assert not found.through_known
    assert found.limits[0].startswith("Through traffic unknown")
    assert found.through.size == 0
    assert gateways.residents_outside(found, PARAMETERS) == 0.0


def test_commuters_alone_do_not_make_through_traffic_known() -> None:
    commuters = table(inward=[50.0], outward=[50.0], through_share=[0.0], kind=["commuting"])
    found = gateways.external(commuters, np.ones((2, 2)), np.ones(1), PARAMETERS)
    assert not found.through_known
    assert found.limits[0].startswith("Through traffic unknown: a table says who commutes")
    # Half of 100 vehicles are residents', with the mean number of people in a car.
    people = PARAMETERS.rate @ PARAMETERS.occupancy / PARAMETERS.rate.sum()
    assert gateways.residents_outside(found, PARAMETERS) == pytest.approx(50.0 * people)

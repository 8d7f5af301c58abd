"""Vehicles of fixed trips under low-emission rules, with figures that follow by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from layers.schema import TripTable, UserClass
from tests.twin.mobility import test_turning as plain
from twin.mobility import equilibrium, fleet, low_emission, network

if TYPE_CHECKING:
    from twin.mobility.network import Roads

CARS = {"petrol": 0.6, "diesel": 0.3, "electricity": 0.1}
PAIR = TripTable(np.array([0]), np.array([3]), np.array([10.0]))
"""Ten vehicles: too few to slow each other down."""


def build(rules: dict[str, str], *, hours: str | None = None, period: str | None = None) -> Roads:
    """The grid with rules on some streets."""
    streets = plain.STREETS.copy()
    streets["low_emission"] = pd.Series(rules, dtype="str").reindex(streets.index)
    streets["low_emission_hours"] = pd.Series(hours, streets.index, dtype="str")
    return network.build(streets, plain.JUNCTIONS, plain.ZONES, plain.PARAMETERS, period=period)


def driven(roads: Roads, users: tuple[UserClass, ...]) -> pd.Series:
    """Vehicles on every street, both directions together."""
    found = equilibrium.solve(roads.network, users, gap=1e-9)
    return pd.Series(found.flow).groupby(roads.links["street"].to_numpy()).sum()


def on_the_way() -> str:
    """Street in the middle of the way of the ten vehicles, which has another way beside it."""
    flow = driven(build({}), (UserClass("through", PAIR),))
    used = [
        str(name) for name in plain.STREETS.index[plain.STREETS.index.isin(flow.index[flow > 5.0])]
    ]
    ends = set(plain.ZONES["node"])
    return next(
        one for one in used if not ends & set(plain.STREETS.loc[one, ["from_node", "to_node"]])
    )


def test_those_kept_out_drive_round_and_all_others_through() -> None:
    street = on_the_way()
    roads = build({street: "euro_5"})
    users = tuple(low_emission.parted(UserClass("through", PAIR), {"euro_5": 0.4}, roads))
    assert [one.name for one in users] == ["through", "through barred euro_5"]
    flow = driven(roads, users)
    assert flow[street] == pytest.approx(6.0)
    assert sum(one.trips.trips.sum() for one in users) == pytest.approx(10.0)


def test_a_rule_holds_in_its_hours_only() -> None:
    street = on_the_way()
    for period, expected in (("morning", 6.0), ("night", 10.0), (None, 10.0)):
        roads = build({street: "euro_5"}, hours="morning evening", period=period)
        shares = dict.fromkeys(roads.links["low_emission"].dropna().unique(), 0.4)
        users = tuple(low_emission.parted(UserClass("through", PAIR), shares, roads))
        assert driven(roads, users)[street] == pytest.approx(expected)


def test_trips_that_end_inside_are_made_by_vehicles_that_may_enter() -> None:
    inside = plain.meeting(int(plain.ZONES["node"].iloc[3]))
    roads = build(dict.fromkeys(inside, "euro_5"))
    (only,) = low_emission.parted(UserClass("van", PAIR), {"euro_5": 0.4}, roads)
    assert only.name == "van"
    assert only.trips.trips.tolist() == [10.0]


def test_a_stricter_rule_keeps_out_what_a_milder_one_does() -> None:
    street = on_the_way()
    other = next(one for one in plain.STREETS.index if one != street)
    roads = build({street: "mild", str(other): "strict"})
    users = tuple(low_emission.parted(UserClass("van", PAIR), {"strict": 0.7, "mild": 0.2}, roads))
    assert {one.name: one.trips.trips.sum() for one in users} == pytest.approx(
        {"van": 3.0, "van barred mild": 2.0, "van barred strict": 5.0}
    )
    barred = {one.name: one.barred for one in users}
    named = roads.links["low_emission"]
    assert barred["van"] is None
    np.testing.assert_array_equal(barred["van barred mild"], named.notna())
    np.testing.assert_array_equal(barred["van barred strict"], named.eq("strict"))


def test_what_a_class_may_not_use_anyway_stays_barred() -> None:
    street = on_the_way()
    roads = build({street: "euro_5"})
    own = np.zeros(len(roads.links), np.bool_)
    own[0] = True
    users = tuple(low_emission.parted(UserClass("lorry", PAIR, barred=own), {"euro_5": 0.4}, roads))
    assert [one.barred is not None and bool(one.barred[0]) for one in users] == [True, True]


def test_shares_are_those_of_the_fleet_by_kind_of_vehicle() -> None:
    mix = fleet.fleet("DE", CARS).mix
    found = low_emission.kept_out(mix, ["euro_5", "zero_emission", "milieuzone_green"])
    assert found["car"]["zero_emission"] == pytest.approx(0.9)
    assert found["bus"] == {"euro_5": 0.0, "zero_emission": 0.0, "milieuzone_green": 0.0}
    vans = mix[mix["vehicle"] == "van"]
    electric = vans.loc[vans["carrier"] == "electricity", "share"].sum()
    assert found["van"]["zero_emission"] == pytest.approx(1.0 - electric)
    assert found["lorry"]["milieuzone_green"] == 0.0


def test_classes_are_known_by_what_they_are_part_of() -> None:
    names = ("van", "van barred euro_5", "barred euro_5", "car")
    assert [low_emission.kind(name) for name in names] == ["van", "van", "barred euro_5", "car"]


def test_nothing_is_split_without_a_rule() -> None:
    user = UserClass("van", PAIR)
    (only,) = low_emission.parted(user, {}, build({}))
    np.testing.assert_array_equal(only.trips.trips, PAIR.trips)
    assert replace(only, trips=PAIR) == user

from __future__ import annotations

from tests.twin import cities
from twin.interventions.bus_gate import BusGate

CITY = cities.tiny()
GATE = BusGate.model_validate({"id": "g", "where": {"ids": ["w102:22-23"]}, "start": 2025})


def test_cars_stop_and_buses_go_on() -> None:
    before, after = CITY.streets, GATE.apply(CITY).streets
    assert not after.loc["w102:22-23", ["drive_forward", "drive_backward"]].any()
    assert after.loc["w102:22-23", ["bus_gate", "emergency", "bicycle_forward"]].all()
    rest = after.index != "w102:22-23"
    assert not after.loc[rest, "bus_gate"].any()
    assert after.loc[rest, "drive_forward"].equals(before.loc[rest, "drive_forward"])


def test_one_gate_costs_what_the_table_says() -> None:
    cost = GATE.cost(CITY)
    assert (cost.quantity, cost.amount, cost.running) == (1.0, 40_000.0, 4_000.0)
    assert cost.evidence == "assumed"

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layers import tables
from twin import factors, ledger
from twin.mobility import emissions, transit_energy
from twin.mobility.fleet import fleet

FLEET = fleet("DE", {"petrol": 0.6, "diesel": 0.4})
FIGURES = tables.figures("vehicle_energy")
STOPS = pd.DataFrame({"inside": [True, True, False]}, index=pd.Index(["A", "B", "C"], dtype="str"))


def legs(**changes: object) -> pd.DataFrame:
    columns = {
        "line": ["7", "7", "T1", "R"],
        "mode": ["bus", "bus", "tram", "train"],
        "from_stop": ["A", "B", "A", "A"],
        "to_stop": ["B", "C", "B", "C"],
        "vehicle_km": [1000.0, 3000.0, 500.0, 9000.0],
        "speed": [20.0, 30.0, 18.0, 60.0],
    }
    return pd.DataFrame({**columns, **changes})


def test_a_bus_line_uses_what_its_kilometres_use() -> None:
    run = transit_energy.run(legs(), STOPS, FLEET, FIGURES)
    # Second route: the functions of Euro V and VI, 40 and 60 % of the 90 % that burn diesel.
    five = FLEET.functions["bus", "diesel", "", "5", "fuel"](np.array([20.0, 30.0]))
    six = FLEET.functions["bus", "diesel", "", "6", "fuel"](np.array([20.0, 30.0]))
    grams = float(((0.4 * five + 0.6 * six) * [1000.0, 3000.0]).sum()) * 0.9
    line = run.lines.loc["7"]
    assert line["energy_diesel"] == pytest.approx(grams * 42.695 / 3600.0, rel=1e-12)
    assert line["energy_electricity"] == pytest.approx(4000.0 * 0.1 * 1.981, rel=1e-12)
    assert line["nox_kg"] > 0.0
    assert line["vehicle_km"] == 4000.0


def test_trams_use_electricity_and_trains_are_not_computed() -> None:
    run = transit_energy.run(legs(), STOPS, FLEET, FIGURES)
    assert run.lines.loc["T1", "energy_electricity"] == pytest.approx(500.0 * 4.2, rel=1e-12)
    assert run.lines.loc["R", list(transit_energy.ENERGY)].isna().all()
    assert run.counts["lines_not_computed"] == 1
    assert any("train" in sentence for sentence in run.limits)


def test_half_of_each_way_is_booked_at_each_stop_inside() -> None:
    run = transit_energy.run(legs(), STOPS, FLEET, FIGURES)
    assert set(run.activity["object_id"]) == {"A", "B"}
    tram = run.activity[run.activity["end_use"] == "trams"].set_index("object_id")["activity"]
    assert tram.to_dict() == pytest.approx({"A": 1050.0, "B": 1050.0}, rel=1e-12)
    # Of the bus 1,000 km lie inside and half of 3,000 km; of the tram all.
    assert run.counts["vehicle_km_inside"] == pytest.approx(1000.0 + 1500.0 + 500.0, rel=1e-12)


def test_nothing_is_lost_where_all_stops_lie_inside() -> None:
    run = transit_energy.run(legs(), STOPS.assign(inside=True), FLEET, FIGURES)
    for carrier in emissions.CARRIERS:
        booked = run.activity.loc[run.activity["carrier"] == carrier, "activity"].sum()
        assert booked == pytest.approx(run.lines[f"energy_{carrier}"].sum(), rel=1e-12)


def test_the_rows_can_be_booked() -> None:
    run = transit_energy.run(legs(), STOPS, FLEET, FIGURES)
    book = ledger.book(
        run.activity, factors.load("inventory", country="DE", frozen=True), year=2022,
        scenario="today",
    )  # fmt: skip
    assert set(book.rows["gpc_ref"]) == {"II.1", "II.2"}
    assert book.total(scope="2", column="activity") == pytest.approx(
        2100.0 + 2500.0 * 0.1 * 1.981, rel=1e-12
    )


def test_no_line_gives_no_row() -> None:
    run = transit_energy.run(legs().iloc[:0], STOPS, FLEET, FIGURES)
    assert run.activity.empty
    assert run.counts == {"lines": 0, "lines_not_computed": 0, "vehicle_km_inside": 0}


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"vehicle_km": -1.0}, "negative"), ({"speed": np.nan}, "not finite"),
     ({"to_stop": "X"}, "stop X is not")],
)  # fmt: skip
def test_wrong_legs_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        transit_energy.run(legs(**changes), STOPS, FLEET, FIGURES)

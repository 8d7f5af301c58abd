from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from tests.twin.activities import activity, factor_set
from tests.twin.cities import tiny
from twin import build, columns, factors, scenario, simulate
from twin.arrays import ARRAYS
from twin.city import schema
from twin.domain import Domain, Outcome
from twin.domains import STANDARD
from twin.errors import LedgerError, NotComputedError

if TYPE_CHECKING:
    from pathlib import Path

    from twin.city import City
    from twin.result import Result

TWO = ["w1001", "w1002"]


@dataclass
class Engine:
    """A pretended engine that counts its calls and shows what it was given."""

    calls: int = 0
    started_from: list[Any] = field(default_factory=list)

    def domain(self, name: str, *tables: str, reason: str = "", **outcome: Any) -> Domain:
        def run(_city: City, warm: Any, _progress: Any) -> Outcome:
            self.calls += 1
            self.started_from.append(warm)
            return Outcome(**({"frames": {}} | outcome))

        return Domain(name, f"Pretended {name}", tables, lambda _city: reason, run)


def heat(*values: float, ids: list[str] = TWO) -> dict[str, pd.DataFrame]:
    index = pd.Index(ids, dtype="str", name="id")
    return {"buildings": pd.DataFrame({"heat_need": list(values)}, index=index)}


def simple(*rows: dict[str, Any], **outcome: Any) -> Result:
    domain = Engine().domain(
        "energy", "buildings", frames=heat(1.0, 2.0), activity=activity(*rows), **outcome
    )
    return simulate.run(tiny(), domains=[domain], factors=factor_set())


def slower(city: City) -> City:
    streets = city.streets
    streets.loc["w102:22-23", "speed_kph"] = 20.0
    return city.replace(streets=streets)


def test_frames_carry_the_sums_of_the_ledger() -> None:
    result = simple({"object_id": "w1001"}, {"object_id": "w1001", "carrier": "electricity"})
    co2 = result.frames["buildings"]["co2"]
    assert co2["w1001"] == pytest.approx(1000 * result.ledger.total(object_id="w1001"), rel=1e-12)
    assert co2["w1001"] == pytest.approx(200.0 + 1000.0 * 0.06)
    assert co2["w1002"] == 0.0
    assert np.isnan(co2["w1003"])
    assert list(result.frames["buildings"].index) == list(tiny().buildings.index)


def test_object_with_a_missing_factor_shows_no_figure_but_stays_in_the_ledger() -> None:
    result = simple(
        {"object_id": "w1001"},
        {"object_id": "w1001", "carrier": "coal", "activity": 70.0},
        {"object_id": "w1002", "activity": 10.0},
    )
    co2 = result.frames["buildings"]["co2"]
    assert np.isnan(co2["w1001"])
    assert co2["w1002"] == pytest.approx(2.0)
    assert result.ledger.total("activity") == 1080.0
    assert result.record["not_computed"] == {"coal": {"rows": 1, "kwh": 70.0}}
    balance = result.record["balances"]["ledger"]
    assert balance["co2_not_shown_kg"] == pytest.approx(200.0)
    assert balance["co2_shown_kg"] + balance["co2_not_shown_kg"] == pytest.approx(
        balance["co2_ledger_kg"], rel=1e-12
    )
    assert any("No emission factor for coal" in line for line in result.record["limits"])
    assert simulate.summary(result)[-1] == (
        "Energy without an emission factor", 70.0, "kWh/a", "not computed",
    )  # fmt: skip


def test_object_with_unknown_energy_shows_no_figure() -> None:
    result = simple({"object_id": "w1001"}, incomplete=pd.Index(["w1001"]))
    assert np.isnan(result.frames["buildings"].loc["w1001", "co2"])


def test_objects_outside_the_boundary_are_simulated_but_not_counted() -> None:
    city = tiny()
    buildings = city.buildings
    buildings.loc["w1002", "inside"] = False
    domain = Engine().domain(
        "energy",
        "buildings",
        frames=heat(1.0, 2.0),
        activity=activity({"object_id": "w1001"}, {"object_id": "w1002", "activity": 7.0}),
    )
    run = simulate.run(city.replace(buildings=buildings), domains=[domain], factors=factor_set())
    assert run.ledger.total("activity") == 1000.0
    assert run.record["outside"]["energy"] == {"rows": 1, "objects": 1, "kwh": 7.0}
    assert run.frames["buildings"].loc["w1002", "heat_need"] == 2.0
    assert np.isnan(run.frames["buildings"].loc["w1002", "co2"])
    assert run.record["figures"]["buildings.heat_need"] == 1.0


def test_removed_objects_have_no_row() -> None:
    city = tiny()
    buildings = city.buildings
    buildings.loc["w1002", "state"] = "removed"
    domain = Engine().domain("energy", "buildings", frames=heat(1.0, ids=["w1001"]))
    run = simulate.run(city.replace(buildings=buildings), domains=[domain], factors=factor_set())
    assert "w1002" not in run.frames["buildings"].index


def test_activity_of_a_stranger_is_refused() -> None:
    with pytest.raises(LedgerError, match="booked w9, which is not in table buildings"):
        simple({"object_id": "w9"})


def test_two_domains_may_not_fill_one_column() -> None:
    domains = [Engine().domain(name, frames=heat(1.0, 2.0)) for name in ("one", "two")]
    with pytest.raises(LedgerError, match="same column"):
        simulate.run(tiny(), domains=domains)


def test_domain_that_cannot_compute_is_absent_and_named() -> None:
    def refuse(_city: City, _warm: Any, _progress: Any) -> Outcome:
        raise NotComputedError("No archetypes for Atlantis.")

    refusing = Domain("energy", "Energy", ("buildings",), lambda _city: "", refuse)
    waiting = Engine().domain("traffic", reason="Car traffic is not computed: no streets.")
    result = simulate.run(tiny(), domains=[refusing, waiting])
    assert dict(result.frames) == {}
    assert len(result.ledger) == 0
    assert np.isnan(result.ledger.total())
    assert result.record["absent"] == ["energy", "traffic"]
    assert result.record["limits"] == [
        "No archetypes for Atlantis.",
        "Car traffic is not computed: no streets.",
    ]
    assert simulate.summary(result) == []


def test_changed_street_runs_traffic_again_but_not_buildings() -> None:
    traffic, energy = Engine(), Engine()
    domains = [
        traffic.domain("traffic", "streets", "zones", warm="paths"),
        energy.domain("energy", "buildings", "weather", frames=heat(1.0, 2.0)),
    ]
    cache: dict[str, Any] = {}
    before = simulate.run(tiny(), domains=domains, cache=cache)
    simulate.run(tiny(), domains=domains, cache=cache)
    assert (traffic.calls, energy.calls) == (1, 1)
    after = simulate.run(slower(tiny()), domains=domains, cache=cache)
    assert (traffic.calls, energy.calls) == (2, 1)
    assert after.record["inputs"]["traffic"] != before.record["inputs"]["traffic"]
    assert after.record["inputs"]["energy"] == before.record["inputs"]["energy"]


def test_warm_start_hands_over_the_state_and_skips_what_is_the_same() -> None:
    traffic, energy = Engine(), Engine()
    domains = [
        traffic.domain("traffic", "streets", warm="paths"),
        energy.domain("energy", "buildings", frames=heat(1.0, 2.0)),
    ]
    before = simulate.run(tiny(), domains=domains)
    after = simulate.run(slower(tiny()), domains=domains, warm=before)
    assert traffic.started_from == [None, "paths"]
    assert energy.calls == 1
    assert after.record["warm"]
    pd.testing.assert_frame_equal(after.frames["buildings"], before.frames["buildings"])


def test_cold_and_warm_runs_do_not_share_a_place_in_the_cache() -> None:
    engine = Engine()
    domains = [engine.domain("traffic", "streets", warm="paths")]
    cache: dict[str, Any] = {}
    before = simulate.run(tiny(), domains=domains, cache=cache)
    simulate.run(slower(tiny()), domains=domains, cache=cache)
    simulate.run(slower(tiny()), domains=domains, cache=cache, warm=before)
    simulate.run(slower(tiny()), domains=domains, cache=cache, warm=before)
    assert engine.started_from == [None, None, "paths"]


def test_progress_rises_to_one() -> None:
    told: list[tuple[str, float]] = []
    simulate.run(tiny(), progress=lambda stage, done: told.append((stage, done)))
    shares = [done for _, done in told]
    assert shares == sorted(shares)
    assert told[-1] == ("Done", 1.0)


def test_factors_default_to_an_inventory_that_says_where_it_is_frozen() -> None:
    domain = Engine().domain(
        "energy", frames=heat(1.0, 2.0), activity=activity({"object_id": "w1001", "scope": "2",
                                                            "carrier": "electricity"}),
    )  # fmt: skip
    result = simulate.run(tiny(), year=2035, domains=[domain])
    assert result.ledger.purposes == ["inventory"]
    assert set(result.ledger.rows["year"]) == {2035}
    assert any("2035 are kept at their nearest" in line for line in result.record["limits"])
    assert any("assumed, not published: electricity" in line for line in result.record["limits"])


def test_own_factors_with_a_path_change_with_the_year() -> None:
    domain = Engine().domain(
        "energy", frames=heat(1.0, 2.0), activity=activity({"object_id": "w1001", "scope": "2",
                                                            "carrier": "electricity"}),
    )  # fmt: skip
    legal = factors.load("life_cycle", country="DK")
    tonnes = [
        simulate.run(tiny(), year=year, domains=[domain], factors=legal).ledger.total()
        for year in (2025, 2030)
    ]
    assert tonnes == pytest.approx([0.135, 0.047], rel=1e-12)


@pytest.fixture(scope="module")
def real() -> Result:
    return simulate.run(tiny())


def test_real_engines_agree_with_their_ledger(real: Result) -> None:
    assert set(real.frames) == {"addresses", "buildings", "streets", "zones"}
    shown = sum(real.frames[name]["co2"].sum() for name in ("buildings", "streets"))
    assert shown == pytest.approx(1000 * real.ledger.total(), rel=1e-9)
    delivered = real.frames["buildings"][["heat_final", "electricity"]].sum(axis=None)
    assert real.ledger.total("activity", sector="stationary") == pytest.approx(delivered, rel=1e-9)
    assert set(real.record["absent"]) == {
        "public_transport", "lines", "transit_energy", "affordability",
    }  # fmt: skip
    assert real.record["not_computed"] == {}


def test_every_figure_of_a_map_is_described(real: Result) -> None:
    shown = columns.undescribed(real.frames)
    assert [name for name in shown if not name.endswith("_spread")] == []


def test_record_is_plain_and_equal_for_equal_runs(real: Result) -> None:
    again = simulate.run(tiny())
    text = json.dumps(dict(again.record), allow_nan=False)
    assert json.loads(text)["digest"] == real.record["digest"]
    assert again.ledger.total() == real.ledger.total()
    assert {"timings", "certificates", "balances", "limits", "versions"} <= set(real.record)


def test_run_names_its_papers(real: Result) -> None:
    cited = simulate.cite(real.record)
    assert len(cited) == len(set(cited))
    for name in ("Wardrop 1952", "13790", "Community-Scale", "IPCC 2006", "Dijkstra"):
        assert any(name in line for line in cited), name
    assert simulate.cite((real - real).record) == cited


def test_summary_is_short_and_taken_from_the_ledger(real: Result) -> None:
    lines = simulate.summary(real)
    assert 5 <= len(lines) <= 10
    tonnes = {line.indicator: line.value for line in lines if line.unit == "tCO2e/a"}
    parts = [value for name, value in tonnes.items() if "all" not in name]
    assert sum(parts) == pytest.approx(real.ledger.total(), rel=1e-9)
    assert all(line.evidence for line in lines)


def test_nothing_changes_when_nothing_changes(real: Result) -> None:
    change = simulate.run(tiny(), warm=real) - real
    assert change.ledger.total() == 0.0
    assert all((frame.fillna(0.0) == 0.0).all(axis=None) for frame in change.frames.values())
    assert all(line.value == 0.0 for line in simulate.summary(change))


def test_costs_of_a_plan_stand_in_the_ledger_and_the_summary() -> None:
    text = """
    schema: scenario/1
    name: filters
    interventions:
      - {kind: close_street, id: filter, where: {ids: ["w101:11-12", "w101:12-13"]}, start: 2026}
    """
    plan = scenario.parse(textwrap.dedent(text))
    result = simulate.run(tiny(), plan, year=2030, domains=[])
    paid = plan.expenses(tiny(), 2030)
    assert [len(one.objects) for one in paid] == [2]
    assert result.ledger.total("cost", kind="capex") == pytest.approx(paid[0].cost.amount)
    assert result.record["scenario"] == "filters"
    assert set(plan.limits) <= set(result.record["limits"])
    (line,) = simulate.summary(result)
    assert line.indicator.startswith("Investment")
    assert line.value == pytest.approx(paid[0].cost.amount)


def test_slower_street_moves_cars_but_no_heat(real: Result) -> None:
    change = simulate.run(slower(tiny()), warm=real) - real
    assert change.ledger.total(sector="stationary") == 0.0
    assert change.frames["streets"].loc["w102:22-23", "speed"] < 0.0


ONE_SENTENCE = {"lines", "transit_energy"}
"""Told by the sentence of public transport."""
NO_TIMETABLE = {"public_transport", "affordability", *ONE_SENTENCE}
"""What a City without a timetable and without incomes lacks anyway."""
NO_REACH = {"access", "opportunities"}
NO_TRAFFIC = {"traffic", "noise", "health", "external_costs", "travel_costs"}
NO_ENERGY = {"energy", "bills", "certificates"}
EMPTY = {
    "no buildings": ("buildings", {*NO_ENERGY, "sun", "noise", *NO_REACH, *NO_TIMETABLE}),
    "no weather": ("weather", {*NO_ENERGY, *NO_TIMETABLE}),
    "no streets": ("streets", {*NO_REACH, *NO_TRAFFIC, *NO_TIMETABLE}),
    "no zones": ("zones", {*NO_TRAFFIC, *NO_TIMETABLE}),
}


@pytest.mark.parametrize("case", EMPTY)
def test_city_that_lacks_a_table_leaves_out_what_needs_it(case: str) -> None:
    name, expected = EMPTY[case]
    city = tiny()
    result = simulate.run(city.replace(**{name: city.table(name).iloc[:0]}))
    assert set(result.record["absent"]) == expected
    assert sum("not computed" in line for line in result.record["limits"]) >= len(
        expected - ONE_SENTENCE
    )
    for sector, domain in (("stationary", "energy"), ("transport", "traffic")):
        assert np.isnan(result.ledger.total(sector=sector)) == (domain in expected)


def test_country_without_any_table_is_said_and_walked_through_all_the_same() -> None:
    result = simulate.run(tiny().replace(country="BR"))
    assert {"energy", "traffic"} <= set(result.record["absent"])
    assert "access" not in result.record["absent"]
    assert len(result.ledger) == 0
    missing = [line for line in result.record["limits"] if "not computed" in line]
    assert sum("BR" in line for line in missing) >= 2
    assert result.frames["buildings"]["walk_school"].notna().all()


def test_domains_read_only_tables_of_the_city() -> None:
    assert {table for domain in STANDARD for table in domain.tables} <= {*tiny().parts, *ARRAYS}
    for domain in STANDARD:
        for table, names in domain.columns.items():
            contract = schema(table)
            known = {one.name for one in (*contract.columns, *contract.optional)}
            assert set(names) <= known | {"grade"}


def test_domains_need_only_what_runs_before_them() -> None:
    seen: set[str] = set()
    for domain in STANDARD:
        assert set(domain.needs) <= seen
        seen.add(domain.name)


def test_helsinki_is_booked_to_the_last_kilogram(helsinki: Path) -> None:
    result = simulate.run(build.from_osm(helsinki))
    balance = result.record["balances"]["ledger"]
    assert balance["rows_in"] == balance["rows_out"] > 1000
    assert balance["activity_in_kwh"] == balance["activity_out_kwh"]
    shown = sum(frame["co2"].sum() for frame in result.frames.values() if "co2" in frame)
    assert shown + balance["co2_not_shown_kg"] == pytest.approx(
        1000 * result.ledger.total(), rel=1e-9
    )
    totals = result.totals.set_index(["group", "value"])["tco2e"]
    for group in ("sector", "scope", "gpc_ref", "end_use", "carrier"):
        assert totals[group].sum() == pytest.approx(totals["all", "all"], rel=1e-9)
    assert result.record["country"] == "FI"
    json.dumps(dict(result.record), allow_nan=False)

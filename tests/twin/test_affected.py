"""Who is affected by a filter on the main street of a small town: figures by head."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook
from shapely.affinity import translate

from tests.twin.cities import frame, place, tiny
from twin import affected, affected_ways, cli, scenario, simulate, store, travel
from twin.interventions.close_street import CloseStreet
from twin.interventions.superblock import FILTER, Superblock
from twin.mobility import emergency
from twin.mobility.active import active_parameters
from twin.scenario import Scenario
from twin.where import Where

if TYPE_CHECKING:
    from pathlib import Path

    from twin.affected import Affected
    from twin.city import City
    from twin.result import Result

CLOSED = "w102:21-22"
PLAN = Scenario("filter", (CloseStreet(id="filter", where=Where(ids=(CLOSED,)), start=2025),))


ENGINES = [one for one in travel.DOMAINS if one.name in affected.NEEDED]


@cache
def town() -> City:
    """Lilleby with a fire station half-way up Vestvej, a crash and parking on its main street."""
    city = tiny()
    station = frame("places", ["n9"], geometry=[place(0, 50)], key=["amenity"],
                    value=["fire_station"], name=["Brand"], need=[None])  # fmt: skip
    crash = frame("points", ["c:1"], geometry=[place(40, 101)], kind=["crash"],
                  quantity=["slight"], value=[1.0], unit=["1"], source=["crashes"])  # fmt: skip
    streets = city.streets
    streets["parking_spaces"] = [10.0 if name == CLOSED else 0.0 for name in streets.index]
    return city.replace(
        places=pd.concat([city.places, station]), points=crash.assign(date="2023-05-01"),
        streets=streets,
    )  # fmt: skip


def after(city: City) -> City:
    """The main street closed by a filter that lets help pass, its parking taken away."""
    streets = PLAN.city(city, 2025).streets
    streets["emergency"] = streets.index == CLOSED
    streets.loc[CLOSED, "parking_spaces"] = 4.0
    return city.replace(streets=streets)


@cache
def runs() -> tuple[tuple[City, Result], tuple[City, Result]]:
    changed = after(town())
    before = simulate.run(town(), year=2025, domains=ENGINES)
    later = simulate.run(changed, year=2025, warm=before, domains=ENGINES)
    return (town(), before), (changed, later)


@cache
def found() -> Affected:
    return affected.of_plan(*runs())


def test_only_the_closed_street_counts_as_changed() -> None:
    assert list(affected.changed_streets(town(), after(town()))) == [CLOSED]
    assert affected.changed_streets(town(), town()).empty


def test_help_passes_the_filter_or_goes_round() -> None:
    table = found().tables["emergency"]
    car = runs()[0][1].warm["traffic"].outcome.made.car_minutes["forward"]
    streets, may = town().streets, emergency.rules()
    fastest = 0.06 * streets["length"] / streets["highway"].map(may.speed)
    minutes = np.fmax(may.share * car, fastest)
    # Building w1009 is reached from the middle of Midtvej's northern block, 25 m on foot: from the
    # middle of Vestvej's southern block up to Hovedgaden, along it, and up Midtvej.
    way = 0.5 * minutes["w201:11-21"] + minutes[CLOSED] + 0.5 * minutes["w202:22-32"]
    row = table.loc["w1009"]
    assert row["fire before [min]"] == pytest.approx(way + 0.025 / 4.8 * 60.0)
    assert row["fire change [min]"] == pytest.approx(0.0, abs=0.01)
    assert row["fire cut off [1]"] == 0
    # Shut, help takes one block of 100 m more, at 30 in place of 50 km/h.
    assert row["fire after, filters shut [min]"] > row["fire after [min]"] + 0.05
    assert (table["fire after, filters shut [min]"] >= table["fire after [min]"] - 1e-9).all()
    assert table["fire change [min]"].is_monotonic_decreasing


def test_addresses_of_losers_come_first_and_drive_round() -> None:
    table = found().tables["addresses"]
    assert list(table.index) == ["w1002", "n901"]
    row = table.loc["w1002"]
    # On foot nothing changes; shops lie at (25, 150) by the map and are reached from (75, 50).
    assert row["walk change [m]"] == pytest.approx(0.0)
    assert row["car change [m]"] > 0.0
    assert row["car change [min]"] == pytest.approx(
        row["car after [min]"] - row["car before [min]"]
    )
    assert table["car change [min]"].is_monotonic_decreasing


def test_addresses_that_cars_no_longer_reach_are_counted() -> None:
    """w1002 stands on Sydgade or Vestvej; nobody lives on the closed block."""
    assert found().counts["addresses_without_cars"] == 0
    assert found().tables["addresses"]["car to the door lost [1]"].tolist() == [0, 0]
    streets = tiny().streets
    along = pd.Series({"a": CLOSED, "b": "w203:23-33", "c": None}, dtype="str")
    closed = streets.copy()
    closed.loc[[CLOSED, "w203:23-33"], ["drive_forward", "drive_backward"]] = False
    lost = affected._without_cars(tiny(), tiny().replace(streets=closed), along)
    assert lost.tolist() == [True, streets.loc["w203:23-33", "drive_forward"], False]


def test_cars_come_up_to_a_filter_of_a_superblock_from_either_side() -> None:
    along = pd.Series({"a": CLOSED}, dtype="str")
    parted = tiny().streets
    parted.loc[CLOSED, ["drive_forward", "drive_backward"]] = False
    parted["barrier"] = pd.Series({CLOSED: FILTER}, dtype="str").reindex(parted.index)
    assert affected._without_cars(tiny(), tiny().replace(streets=parted), along).tolist() == [False]
    shut = parted.assign(drive_forward=False, drive_backward=False)
    assert affected._without_cars(tiny(), tiny().replace(streets=shut), along).tolist() == [True]


def test_a_way_of_moving_that_leads_nowhere_any_more_loses_every_need() -> None:
    (old, one), (new, other) = runs()
    frame = other.frames["addresses"]
    cars = [name for name in frame if name.startswith("car_")]
    none = replace(other, frames={**other.frames, "addresses": frame.drop(columns=cars)})
    cases = affected_ways.Case(old, one), affected_ways.Case(new, none)
    table = affected_ways.addresses(*cases, active_parameters())
    known = one.frames["addresses"][[name for name in cars if name != "car_transit"]].notna()
    assert table["car needs lost [1]"].to_dict() == known.sum(axis=1).to_dict()
    assert (table["car needs lost [1]"] > 0).all()


def test_lorries_lose_the_closed_street_only() -> None:
    table = found().tables["lorries"]
    assert list(table.index) == [CLOSED]
    assert table.loc[CLOSED, "street"] == "Hovedgaden"
    assert table.loc[CLOSED, "reached before"]
    assert not table.loc[CLOSED, "reached after"]
    assert table.loc[CLOSED, "part of the plan"]


def test_addresses_count_as_worse_from_a_minute_on_or_when_a_need_is_lost() -> None:
    table = pd.DataFrame({
        "walk change [min]": [0.9, 1.0, 0.0, 0.0], "car change [min]": [0.9, 0.0, -5.0, 0.0],
        "car needs lost [1]": [0, 0, 0, 1],
    })  # fmt: skip
    assert affected_ways.worse(table, 1.0) == 2
    assert found().counts["addresses_worse"] == 0


def test_parking_and_crashes_are_those_of_the_changed_street() -> None:
    parking, crashes = found().tables["parking"], found().tables["crashes"]
    assert parking.loc[CLOSED, ["before [1]", "after [1]", "change [1]"]].tolist() == [10, 4, -6]
    assert crashes.loc[CLOSED, "crashes [1/a]"] == 1.0
    assert crashes.loc[CLOSED, "before [veh/d]"] > 0.0
    assert set(parking["evidence"]) == set(crashes["evidence"]) == {"observed"}


def test_parking_that_nobody_counted_is_assumed_to_have_been_none() -> None:
    changed = after(town()).streets
    case = affected_ways.Case(tiny(), runs()[0][1])
    later = affected_ways.Case(tiny().replace(streets=changed), runs()[1][1])
    table = affected.parking(case, later)
    assert table.loc[CLOSED, ["change [1]", "evidence"]].tolist() == [4.0, "assumed"]


def test_school_is_reached_by_both_addresses_on_foot() -> None:
    row = found().tables["schools"].loc["n2"]
    # (25, 50) and (75, 50) to (275, 50): both 25 m from Vestvej or Midtvej, and along Sydgade.
    assert row["walk: addresses in reach before [1]"] == 2
    assert row["walk: mean way before [m]"] == row["walk: mean way after [m]"]
    assert row["walk: busy crossings of the mean way before [1]"] == 0.0


def test_every_table_says_what_it_is_worth_and_in_what_unit() -> None:
    plain = {"street", "number", "school", "part", "evidence"}
    for name, table in found().tables.items():
        assert "evidence" in table, name
        units = [column for column in table if column not in plain]
        assert all(
            column.endswith("]") or table[column].dtype == bool for column in units
        ), (name, units)  # fmt: skip


def test_what_stops_wheelchairs_where_it_is_mapped() -> None:
    streets = tiny().streets
    streets.loc["w101:11-12", "highway"] = "steps"
    streets.loc["w102:21-22", "sidewalk"] = "no"
    streets.loc["w204:14-24", "sidewalk"] = "no"
    streets["surface"] = pd.Series("gravel", streets.index, dtype="str")
    streets.loc[streets.index.str.startswith("w204"), "surface"] = "asphalt"
    streets["grade"], streets["incline"] = 0.0, np.nan
    streets.loc["w103:31-32", "grade"] = -0.07
    streets.loc["w103:32-33", "incline"] = 0.08
    streets["kerb"] = pd.Series({"w201:11-21": "raised", "w201:21-31": "lowered"}, dtype="str")
    streets["wheelchair"] = pd.Series({"w202:12-22": "no"}, dtype="str")
    free = affected_ways.barrier_free(streets, 0.06)
    # A path without cars needs no sidewalk; on streets with cars the carriageway may be of gravel.
    assert set(streets.index) - set(free.index) == {
        "w101:11-12", "w102:21-22", "w103:31-32", "w103:32-33", "w201:11-21", "w202:12-22",
    }  # fmt: skip
    path = streets.assign(surface=pd.Series("gravel", streets.index, dtype="str"))
    assert "w204:14-24" not in affected_ways.barrier_free(path, 0.06).index
    assert "surface of 100%" in affected_ways.known_of_ways(path)


def test_displaced_traffic_names_boundary_roads_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(affected, "tables", Figures({"boundary.reach": 50.0}))
    table = affected.of_plan(*runs()).tables["displaced"]
    order = {"boundary": 0, "inside": 1, "elsewhere": 2}
    assert table["part"].map(order).is_monotonic_increasing
    assert table["part"].iloc[0] == "boundary"
    assert (table["change [veh/d]"] > 0.0).all()
    # Vestvej and Midtvej end on the closed block; Sydgade, 100 m away, does not touch it.
    parts = table.set_index("street")["part"]
    assert parts["Vestvej"] == "boundary"
    assert parts["Sydgade"] == "elsewhere"
    change = sum(
        runs()[side][1].frames["streets"].loc["w101:11-12", "vehicles"] * sign
        for side, sign in ((1, 1.0), (0, -1.0))
    )
    assert table.set_index("street").loc["Sydgade", "change [veh/d]"] == pytest.approx(change)


class Figures:
    """The tables of figures with some values of one's own, all lower than any flow of a toy."""

    def __init__(self, own: dict[str, float]) -> None:
        self.own = own

    def figures(self, name: str, package: str = "layers.data") -> dict[str, float]:
        from layers import tables

        return {**tables.figures(name, package), "displaced.vehicles": 1.0, **self.own}


def test_workbook_and_csv_hold_the_same_rows_and_no_formula(tmp_path: Path) -> None:
    tables = {"addresses": pd.DataFrame({"street": ["=1+1", None], "m [m]": [1.5, 2.0]})}
    found = affected.Affected(tables, {}, ("Nothing more is known.",), ())
    paths = affected.write(found, tmp_path / "who.xlsx")
    assert [path.name for path in paths] == [
        "who.xlsx", "who-addresses.csv", "who-notes.csv",
    ]  # fmt: skip
    rows = CalamineWorkbook.from_path(paths[0]).get_sheet_by_name("addresses").to_python()
    assert rows == [["street", "m [m]"], ["=1+1", 1.5], ["", 2.0]]
    assert "\n'=1+1,1.5\n" in paths[1].read_text(encoding="utf-8-sig")
    first = paths[0].read_bytes()
    affected.write(found, tmp_path / "who.xlsx")
    assert paths[0].read_bytes() == first


def test_commands_write_their_files(tmp_path: Path) -> None:
    city, plan = tmp_path / "lilleby.twin", tmp_path / "plan.yaml"
    store.save(tiny(), city)
    plan.write_text(scenario.write(PLAN), encoding="utf-8")
    shown = CliRunner().invoke(cli.cli, ["affected", str(city), str(plan)])
    assert shown.exit_code == 0, shown.output
    assert "2 addresses compared" in shown.output
    assert (tmp_path / "lilleby.filter.xlsx").is_file()
    assert (tmp_path / "lilleby.filter-schools.csv").is_file()
    drawn = (tmp_path / "lilleby.filter.html").read_text(encoding="utf-8")
    assert "Longest extra minutes by any way" in drawn
    assert "Ways that are lost" in drawn
    shown = CliRunner().invoke(cli.cli, ["uncertainty", str(city), str(plan), "--draws", "50"])
    assert shown.exit_code == 0, shown.output
    assert "1 of 15 streets change noticeably." in shown.output
    written = pd.read_csv(tmp_path / "lilleby.filter.uncertainty.csv", index_col="id")
    assert written.loc[CLOSED, "noticeable"] == "fewer"
    page = (tmp_path / "lilleby.filter.uncertainty.html").read_text(encoding="utf-8")
    assert "Noticeable change of cars per day" in page
    shown = CliRunner().invoke(cli.cli, ["uncertainty", str(city), str(plan), "--draws", "7"])
    assert shown.exit_code == 3


def test_layouts_of_a_superblock_are_listed_fewest_filters_first(tmp_path: Path) -> None:
    city, plan = tmp_path / "lilleby.twin", tmp_path / "block.yaml"
    store.save(tiny(), city)
    block = Superblock(id="calm", where=Where(ids=("w101:11-12", "w201:11-21", "w202:12-22")),
                       start=2027)  # fmt: skip
    plan.write_text(scenario.write(Scenario("block", (block,))), encoding="utf-8")
    shown = CliRunner().invoke(cli.cli, ["layouts", str(city), str(plan), "--json"])
    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.output)["calm"]
    counts = [len(one["filters"]) for one in told]
    # Three streets in a row with gates at both ends and at 12 between: two filters part them.
    assert counts == sorted(counts)
    assert counts[0] == 2
    plan.write_text(scenario.write(PLAN), encoding="utf-8")
    shown = CliRunner().invoke(cli.cli, ["layouts", str(city), str(plan)])
    assert shown.exit_code != 0
    assert "has no superblock" in shown.output


def test_an_address_beside_a_pavement_counts_for_its_street() -> None:
    """Pavements drawn by themselves have no name and no cars; people live on the street beside."""
    city = town()
    active = active_parameters()
    plain = affected._street_of(city, active)
    streets = city.streets
    beside = streets.loc[[plain["n901"]]].copy()
    beside.index = pd.Index(["w999:1-2"], name=streets.index.name)
    beside["name"] = pd.Series([None], beside.index, dtype="str")
    beside[["drive_forward", "drive_backward"]] = False
    door = city.addresses.geometry["n901"]
    line = beside.geometry.iloc[0]
    near = line.interpolate(line.project(door))
    moved = translate(line, (door.x - near.x) * 0.9, (door.y - near.y) * 0.9)
    beside["geometry"] = moved
    whole = city.replace(streets=pd.concat([streets, beside]))
    along = affected._street_of(whole, active)
    assert (along != "w999:1-2").all()
    # Its own name goes before the street that is nearer.
    assert whole.streets.loc[along["n901"], "name"] == whole.addresses.loc["n901", "street"]
    assert along["w1002"] == plain["w1002"]

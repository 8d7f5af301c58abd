from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin import cities
from twin import document, scenario
from twin.errors import ScenarioError

if TYPE_CHECKING:
    from pathlib import Path

CITY = cities.tiny()

GOOD = """\
schema: scenario/1
name: quiet-centre
title: Stille midtby
interventions:
  - kind: close_street
    id: filter
    where: {ids: ["w101:11-12"]}
    start: 2027
  - kind: retrofit
    id: homes
    where:
      expression: use in ['house', 'terrace', 'apartments']
    start: 2026
    pace: 0.25
    package: usual
"""


def plan(*entries: dict[str, Any], **header: Any) -> scenario.Scenario:
    data = {"schema": "scenario/1", "name": "p", **header, "interventions": list(entries)}
    return scenario.parse(document.write(data))


def homes(**changes: Any) -> dict[str, Any]:
    return {"kind": "retrofit", "id": "homes", "where": "all", "start": 2026,
            "package": "usual", **changes}  # fmt: skip


def limit(**changes: Any) -> dict[str, Any]:
    return {"kind": "speed_limit", "id": "limit", "where": "all", "start": 2026,
            "speed_kph": 20, **changes}  # fmt: skip


def faults(text: str, city: Any = None) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        scenario.parse(text, city)
    return [str(fault) for fault in caught.value.faults]


def test_a_scenario_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "quiet.yaml"
    path.write_text(GOOD)
    found = scenario.read(path, CITY)
    assert (found.name, found.title) == ("quiet-centre", "Stille midtby")
    assert [one.id for one in found.interventions] == ["filter", "homes"]
    assert scenario.parse(scenario.write(found)) == found


MISTAKES = """\
schema: scenario/1
name: five-mistakes
interventions:
  - kind: close_stret
    id: filter
    where: {ids: ["w101:11-12"]}
    start: 2027
  - kind: speed_limit
    id: calm
    where:
      expression: higway == 'residential'
    start: 1889
    speed_kph: "30"
  - kind: retrofit
    id: homes
    where: all
    begin: 2026
    start: 2026
    package: usual
"""


def test_five_mistakes_print_five_with_lines() -> None:
    found = faults(MISTAKES, CITY)
    assert [line.split(":")[0] for line in found] == [
        "interventions[0].kind, line 4",
        "interventions[1].where.expression, line 11",
        "interventions[1].start, line 12",
        "interventions[1].speed_kph, line 13",
        "interventions[2].begin, line 17",
    ]
    for line, hint in zip(
        found, ["'close_street'", "'highway'", "at least 1990", "without quotes", "unknown field"],
        strict=True,
    ):  # fmt: skip
        assert hint in line


def test_the_message_names_the_file_and_the_count(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(MISTAKES)
    with pytest.raises(ScenarioError) as caught:
        scenario.read(path, CITY)
    assert str(caught.value).startswith(f"{path}: 5 faults\n")


def entry(change: str, old: str = "    package: usual\n") -> str:
    return GOOD.replace(old, change)


BAD = {
    "no mapping": ("- a\n", "is no scenario"),
    "no schema": (GOOD.replace("schema: scenario/1\n", ""), "schema, line 1: is missing"),
    "wrong schema": (GOOD.replace("scenario/1", "plan/1"), "schema, line 1: must be 'scenario/1'"),
    "newer": (GOOD.replace("scenario/1", "scenario/2"), "newer release"),
    "bad name": (GOOD.replace("quiet-centre", "../x"), "name, line 2: must be a short name"),
    "long name": (GOOD.replace("quiet-centre", "a" * 65), "name, line 2: must be a short name"),
    "number as name": (GOOD.replace("quiet-centre", "5"), "name, line 2: must be text, not 5"),
    "unknown head": (GOOD.replace("title:", "titel:"), "Did you mean 'title'"),
    "no list": ("schema: scenario/1\nname: a\n", "has no list of interventions"),
    "empty list": ("schema: scenario/1\nname: a\ninterventions: []\n", "has no list"),
    "entry is text": ("schema: scenario/1\nname: a\ninterventions: [x]\n", "is no intervention"),
    "no kind": (GOOD.replace("kind: close_street", "kidn: close_street"), "has no kind"),
    "kind is a list": (GOOD.replace("kind: close_street", "kind: [a]"), "unknown kind"),
    "no where": (GOOD.replace('    where: {ids: ["w101:11-12"]}\n', ""), "where, line 5: is missing"),
    "where is text": (GOOD.replace('{ids: ["w101:11-12"]}', "everywhere"), "is no selection"),
    "where is empty": (GOOD.replace('{ids: ["w101:11-12"]}', "{}"), "names no objects"),
    "where is a number": (GOOD.replace('{ids: ["w101:11-12"]}', "5"), "where, line 7: must be a map"),
    "ids are text": (GOOD.replace('["w101:11-12"]', "w101"), "where.ids, line 7: must be a list"),
    "ids are numbers": (GOOD.replace('["w101:11-12"]', "[5]"), "where.ids[0], line 7: must be text"),
    "no ids": (GOOD.replace('["w101:11-12"]', "[]"), "where.ids, line 7: must not be empty"),
    "unknown selector": (GOOD.replace("{ids:", "{id:"), "Did you mean 'ids'"),
    "bad polygon": (GOOD.replace("{ids:", "{polygon: 5, ids:"), "where.polygon, line 7: is no list"),
    "file without folder": (
        GOOD.replace("{ids:", "{polygon: a.geojson, ids:"), "there is no folder",
    ),
    "within": (
        GOOD.replace("{ids:", "{drawn: {line: [[12, 55]], within: -1}, ids:"),
        "where.drawn.within, line 7: must be more than 0",
    ),
    "bad expression": (entry("    package: usual\n", "use in"), ""),
    "year as text": (GOOD.replace("2027", "'2027'"), "start, line 8: must be a whole number"),
    "half a year": (GOOD.replace("2027", "2027.5"), "start, line 8: must be a whole number"),
    "year too late": (GOOD.replace("2027", "2101"), "start, line 8: must be at most 2100"),
    "pace of two": (GOOD.replace("0.25", "2"), "'at once' or must be at most 1"),
    "pace of nothing": (GOOD.replace("0.25", "0"), "must be more than 0"),
    "infinite pace": (GOOD.replace("0.25", ".inf"), "pace, line 14"),
    "no number": (GOOD.replace("0.25", ".nan"), "pace, line 14"),
    "true as pace": (GOOD.replace("0.25", "true"), "pace, line 14"),
    "bad package": (entry("    package: advnced\n"), "Did you mean 'advanced'"),
    "no package": (entry(""), "package, line 9: is missing"),
    "bad order": (entry("    package: usual\n    order: use\n"), "order, line 16: gives no number"),
    "types": (GOOD.replace("use in ['house', 'terrace', 'apartments']", "use < 4"),
              "where.expression, line 12: character 1: use is text"),
    "same id": (GOOD.replace("id: homes", "id: filter"), "'filter' is taken by interventions[0].id"),
    "same key": (entry("    package: usual\n    package: usual\n"), "package, line 16: occurs twice"),
    "huge seed": (GOOD.replace("title: Stille midtby", "seed: 99999999999"), "seed, line 3: must be"),
    "alias": (GOOD.replace("[", "&a ["), "uses an alias"),
    "long note": (entry(f"    package: usual\n    note: {'x' * 2001}\n"), "at most 2000 characters"),
    "braces": (GOOD.replace('["w101:11-12"]}', '["w101:11-12"], "{x}{0}": 1}'), "unknown field"),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in BAD if BAD[name][1]])
def test_bad_scenarios_are_explained(name: str) -> None:
    text, reason = BAD[name]
    found = faults(text)
    assert any(reason in line for line in found), found


def test_a_fault_of_the_city_has_its_line_too() -> None:
    text = GOOD.replace("title: Stille midtby", "city: Lyngby").replace("w101:11-12", "w101:11-21")
    found = faults(text, CITY)
    assert [line.split(":")[0] for line in found] == [
        "city, line 3",
        "interventions[0].where.ids, line 7",
    ]
    with pytest.raises(ScenarioError) as caught:
        scenario.parse(text).check(CITY)
    assert [str(fault) for fault in caught.value.faults] == found


def test_attached_columns_wait_for_the_city() -> None:
    text = GOOD.replace("use in ['house', 'terrace', 'apartments']", "heritage == 'no'")
    waiting = scenario.parse(text)
    with pytest.raises(ScenarioError, match="no column 'heritage'"):
        waiting.check(CITY)
    buildings = CITY.buildings.assign(heritage=pd.Series("no", CITY.buildings.index, dtype="str"))
    waiting.check(CITY.replace(buildings=buildings))


def test_version_0_is_read_as_what_it_meant() -> None:
    old = GOOD.replace("scenario/1", "scenario/0").replace("interventions:", "measures:")
    old = old.replace("kind:", "use:")
    assert scenario.parse(old) == scenario.parse(GOOD)
    assert faults(old.replace("close_street", "close"))[0].startswith(
        "interventions[0].kind, line 5: unknown kind 'close'"
    )


def test_before_the_start_nothing_has_changed() -> None:
    before = plan(homes(), limit()).city(CITY, 2025)
    assert before.year == 2025
    assert dict(before.parts) == dict(CITY.parts)


def test_what_is_not_changed_is_shared() -> None:
    after = plan(homes()).city(CITY, 2026)
    assert after.parts["streets"] is CITY.parts["streets"]
    assert after.parts["buildings"].digest != CITY.parts["buildings"].digest


def test_a_year_before_the_base_year_is_refused() -> None:
    with pytest.raises(ScenarioError, match="2023 lies before the base year 2024"):
        plan(homes()).city(CITY, 2023)


def test_later_measures_win_on_the_same_object() -> None:
    # In 2027 everything is at 20; from 2028 on, half of Hovedgaden a year would go to 15.
    first = limit(id="a", start=2027)
    second = limit(id="b", start=2028, speed_kph=15, where={"expression": "highway == 'tertiary'"})
    found = plan(second, first).city(CITY, 2028).streets
    main = found["highway"] == "tertiary"
    assert (found.loc[main, "speed_kph"] == 15).all()
    assert (found.loc[~main & found["drive_forward"], "speed_kph"] == 20).all()


def year_by_year(made: scenario.Scenario, until: int) -> Any:
    """Apply each measure each year, one after the other: slow, and plainly right."""
    city = CITY
    for year in range(CITY.year, until + 1):
        for one in made.interventions:
            new = one.realised(CITY, year).difference(one.realised(CITY, year - 1))
            if len(new):
                city = one.apply(city, new)
    return city.replace(year=until)


OVERLAPS = [
    homes(id="slow", pace=0.2),
    homes(id="deep", start=2027, pace=0.3, package="advanced"),
    homes(id="once", start=2028, where={"expression": "use == 'house'"}),
    limit(id="calm", start=2027, pace=0.15),
    limit(id="main", start=2028, pace=0.5, speed_kph=10, where={"expression": "speed_kph == 50"}),
    {"kind": "close_street", "id": "filter", "where": "all", "start": 2027, "pace": 0.3},
]


@pytest.mark.parametrize("year", [2026, 2027, 2028, 2030])
def test_joined_steps_give_the_city_of_year_by_year(year: int) -> None:
    made = plan(*OVERLAPS)
    assert made.city(CITY, year).digest == year_by_year(made, year).digest


def test_a_set_does_not_change_when_a_measure_is_added() -> None:
    alone = plan(homes(pace=0.2)).realised(CITY, 2028)["homes"]
    together = plan(homes(pace=0.2), *OVERLAPS).realised(CITY, 2028)["homes"]
    assert list(alone) == list(together)


def test_what_is_paid_is_what_was_due() -> None:
    first = homes(id="usual", where={"ids": ["w1001", "w1002"]})
    again = homes(id="again", where={"ids": ["w1002", "w1003"]}, start=2027)
    paid = plan(first, again).expenses(CITY, 2030)
    assert [(one.measure, one.year, list(one.objects)) for one in paid] == [
        ("usual", 2026, ["w1001", "w1002"]),
        ("again", 2027, ["w1003"]),  # w1002 is done already
    ]
    assert [one.cost.amount for one in paid] == [200 * 644, 200 * 644]


def test_a_slow_measure_is_paid_year_by_year() -> None:
    slow = plan(homes(pace=0.25, where={"expression": "use == 'house'"})).expenses(CITY, 2035)
    assert [one.year for one in slow] == [2026, 2027, 2028, 2029]
    whole = plan(homes(where={"expression": "use == 'house'"})).expenses(CITY, 2026)
    assert sum(one.cost.amount for one in slow) == pytest.approx(whole[0].cost.amount)


def test_the_last_year_is_the_first_in_which_all_is_done() -> None:
    made = plan(homes(pace=0.3), limit(start=2028))
    assert made.last_year == 2029  # 0.3, 0.6, 0.9, all
    assert plan(limit(start=2031), homes(pace=0.3)).last_year == 2031
    assert plan(homes(pace=0.1)).last_year == 2035
    done = made.realised(CITY, made.last_year)["homes"]
    assert len(done) == 11 > len(made.realised(CITY, made.last_year - 1)["homes"])


def test_limits_of_all_measures_are_said_once() -> None:
    made = plan(homes(), homes(id="more"), limit())
    kinds = {type(one) for one in made.interventions}
    assert len(made.limits) == len({line for kind in kinds for line in kind.limits}) > 1


def test_scenarios_are_equal_wherever_they_were_read() -> None:
    assert scenario.parse(GOOD) == scenario.parse("# a remark\n" + GOOD)
    assert scenario.parse(GOOD) != scenario.parse(GOOD.replace("2027", "2028"))


def test_measures_see_each_others_objects_only_through_the_base() -> None:
    # The second names streets by their speed today, although the first has lowered it since.
    first = limit(id="a", speed_kph=30)
    second = limit(id="b", start=2027, where={"expression": "speed_kph == 50"})
    found = plan(first, second).city(CITY, 2027).streets
    assert (found.loc[found["highway"] == "tertiary", "speed_kph"] == 20).all()


def test_messages_carry_no_terminal_codes() -> None:
    hostile = '    package: usual\n    "\\e[31mred\\n": 1\n    where2: {ids: ["\\e]0;x\\a"]}\n'
    text = entry(hostile).replace("w101:11-12", "w1\\e[2J")
    found = "".join(faults(text, CITY))
    assert "'\\x1b[31mred\\n'" in found
    assert "w1\\x1b[2J" in found
    assert found.isprintable()


CUTS = st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12)), max_size=3)
BITS = st.sampled_from(
    [
        "",
        ":",
        "-",
        "  ",
        "\n",
        "[",
        "{",
        "'",
        '"',
        "&a",
        "*a",
        "!!x",
        "1e9",
        ".nan",
        "~",
        "all",
        "\t",
    ]
)


@settings(deadline=None, max_examples=100)
@given(cuts=CUTS, bits=st.lists(BITS, min_size=3, max_size=3))
def test_a_damaged_scenario_is_read_or_refused(cuts: Any, bits: list[str]) -> None:
    text = GOOD
    for (start, length), bit in zip(cuts, bits, strict=False):
        text = text[:start] + bit + text[start + length :]
    with contextlib.suppress(ScenarioError):
        made = scenario.parse(text, CITY)
        assert made.city(CITY, 2030).buildings.index.is_unique

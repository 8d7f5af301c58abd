from __future__ import annotations

import pandas as pd
import pytest

from layers import tables
from tests.twin import cities
from twin import protection, simulate, works
from twin.interventions.insulation import Insulation
from twin.scenario import Scenario

LEVELS = pd.DataFrame(
    {"protection": pd.array(["protected", "restricted", "free", "unknown", None], dtype="str")}
)


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        ("wall", ["barred", "barred", "allowed", "unknown", "unknown"]),
        ("window", ["barred", "allowed", "allowed", "unknown", "unknown"]),
        ("pv", ["barred", "allowed", "allowed", "unknown", "unknown"]),
        ("heat_pump", ["allowed"] * 5),
    ],
)
def test_the_level_bars_works_and_unknown_is_never_allowed(work: str, expected: list[str]) -> None:
    assert protection.permission(LEVELS, work).tolist() == expected


def test_without_a_register_nothing_that_is_barred_anywhere_is_allowed() -> None:
    bare = LEVELS.drop(columns="protection")
    assert set(protection.permission(bare, "wall")) == {"unknown"}


def test_a_stricter_level_bars_no_less() -> None:
    rows = tables.load("protection_bars", "twin.data")
    by_level = rows.groupby("level")["work"].agg(set)
    assert by_level["restricted"] <= by_level["protected"]


def test_works_that_nobody_allowed_are_counted_in_the_record() -> None:
    measures = tuple(
        Insulation.model_validate(
            {"id": part, "where": {"ids": ids}, "start": 2025, "part": part, "u_value": u_value}
        )
        for part, ids, u_value in (("wall", ["w1001", "w1012"], 0.2), ("window", ["w1001"], 0.8))
    )
    plan = Scenario(name="walls", interventions=measures)
    city = cities.tiny()
    record = simulate.run(city, plan, domains=[]).record
    told = [line for line in record["limits"] if "protected is not known" in line]
    assert len(told) == 1
    assert "wall 2, window 1" in told[0]
    assert record["deciders"]["owner"] == 2
    assert record["deciders"]["community"] == 0
    assert [one["kind"] for one in record["disruptions"]] == ["insulation"]
    assert "protected is not known" not in str(simulate.run(city, domains=[]).record["limits"])


def test_the_flag_names_each_work_once() -> None:
    city = cities.tiny()
    some = city.buildings.index[:1]
    once = works.done(works.done(city, some, "wall", u_wall=0.3), some, "window", u_window=0.9)
    again = works.done(once, some, "wall", u_wall=0.2)
    assert again.buildings["permission_unknown"]["w1001"] == "wall window"
    assert not protection.unanswered(city.buildings)

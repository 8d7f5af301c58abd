from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.twin.activities import activity, factor_set
from twin import ledger
from twin.errors import LedgerError
from twin.result import Result


def result(heat: dict[str, float], *rows: dict[str, Any], **facts: Any) -> Result:
    ids = pd.Index(list(heat), dtype="str", name="id")
    frame = pd.DataFrame({"heat_need": list(heat.values()), "walk_park": 5.0}, index=ids)
    purpose = facts.pop("purpose", "inventory")
    book = ledger.book(activity(*rows), factor_set(purpose), year=2025, scenario="b")
    return Result({"buildings": frame}, book, {"year": 2025} | facts)


BEFORE = result({"w1": 100.0, "w2": 50.0}, {}, {"object_id": "w2", "activity": 500.0})
AFTER = result(
    {"w1": 60.0, "new": 10.0},
    {"activity": 600.0},
    {"object_id": "new", "carrier": "electricity", "activity": 100.0},
    scenario="plan",
)


def test_amounts_differ_on_the_union_of_objects() -> None:
    change = (AFTER - BEFORE).frames["buildings"]
    assert change["heat_need"].to_dict() == {"w1": -40.0, "new": 10.0, "w2": -50.0}


def test_what_is_no_amount_has_no_difference_where_an_object_is_missing() -> None:
    change = (AFTER - BEFORE).frames["buildings"]["walk_park"]
    assert change["w1"] == 0.0
    assert change[["new", "w2"]].isna().all()


def test_not_computed_on_one_side_stays_not_computed() -> None:
    unknown = result({"w1": np.nan}, {})
    assert np.isnan((unknown - BEFORE).frames["buildings"].loc["w1", "heat_need"])


def test_difference_of_ledgers_is_difference_of_totals() -> None:
    change = AFTER - BEFORE
    expected = AFTER.ledger.total() - BEFORE.ledger.total()
    assert change.ledger.total() == pytest.approx(expected, rel=1e-9)
    assert change.ledger.by("object_id").to_dict() == pytest.approx(
        {"w1": -0.08, "w2": -0.1, "new": 0.005}
    )
    assert change.is_change
    assert not AFTER.is_change
    assert change.record["after"]["scenario"] == "plan"
    assert change.record["before"]["year"] == 2025


def test_nothing_changes_against_itself() -> None:
    change = BEFORE - BEFORE
    assert (change.frames["buildings"] == 0).all(axis=None)
    assert change.ledger.total() == 0.0


def test_tables_and_columns_of_one_side_are_named_not_invented() -> None:
    street = pd.DataFrame({"vehicles": [1.0]}, index=pd.Index(["s"], name="id"))
    frames = dict(AFTER.frames) | {"streets": street}
    frames["buildings"] = frames["buildings"].assign(co2=1.0)
    change = Result(frames, AFTER.ledger, {}) - BEFORE
    assert "streets" not in change.frames
    assert "co2" not in change.frames["buildings"]
    assert change.record["not_compared"] == ["streets", "buildings.co2"]


def test_results_of_different_purposes_do_not_subtract() -> None:
    other = result({"w1": 1.0}, {}, purpose="life_cycle")
    with pytest.raises(LedgerError):
        AFTER - other


def test_totals_come_from_the_ledger() -> None:
    totals = BEFORE.totals.set_index(["group", "value"])
    assert totals.loc[("all", "all"), "kwh"] == 1500.0
    assert totals.loc[("all", "all"), "tco2e"] == BEFORE.ledger.total()
    assert totals.loc[("carrier", "natural_gas"), "rows"] == 2
    for group in ("sector", "scope", "gpc_ref", "end_use", "carrier"):
        assert totals.loc[group, "kwh"].sum() == 1500.0


def test_a_result_is_frozen() -> None:
    frame = BEFORE.frames["buildings"]
    frame["heat_need"] = 0.0
    assert BEFORE.frames["buildings"]["heat_need"].to_dict() == {"w1": 100.0, "w2": 50.0}
    with pytest.raises(TypeError):
        BEFORE.record["year"] = 1900  # type: ignore[index]
    with pytest.raises(TypeError):
        BEFORE.frames["buildings"] = pd.DataFrame()  # type: ignore[index]

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import tables
from twin.complete import cascade

NAN = float("nan")


def test_the_best_evidence_stays_and_each_rule_fills_only_gaps() -> None:
    frame = pd.DataFrame({"levels": [3.0, NAN, NAN]})
    begun = cascade.draft(frame, "levels", 0.3)
    second = cascade.fill(begun, [9.0, 5.0, NAN], "neighbours", [0.5, 0.6, NAN])
    last = cascade.fill(second, 2.0, "default", 1.0)
    assert last["value"].tolist() == [3.0, 5.0, 2.0]
    assert last["source"].tolist() == ["osm", "neighbours", "default"]
    assert last["spread"].tolist() == [0.3, 0.6, 1.0]


def test_completing_again_keeps_observations_and_scenarios_only() -> None:
    frame = pd.DataFrame(
        {
            "levels": [1.0, 2.0, 3.0, 4.0],
            "levels_spread": [0.1, 0.2, 0.3, 0.4],
            "levels_source": pd.Series(
                ["register", "neighbours", "scenario", "default"], dtype="str"
            ),
        }
    )
    begun = cascade.draft(frame, "levels", 0.3)
    assert begun["value"].tolist()[::2] == [1.0, 3.0]
    assert begun["value"].isna().tolist() == [False, True, False, True]
    assert begun["spread"].tolist()[::2] == [0.1, 0.3]
    assert begun["source"].isna().tolist() == [False, True, False, True]


def test_text_columns_run_through_the_same_cascade() -> None:
    frame = pd.DataFrame({"use": pd.Series(["house", np.nan], dtype="str")})
    done = cascade.settle(
        frame, "use", cascade.fill(cascade.draft(frame, "use", 0.0), "shed", "default", 0.4)
    )
    assert done["use"].tolist() == ["house", "shed"]
    assert isinstance(done["use"].dtype, pd.StringDtype)
    assert isinstance(done["use_source"].dtype, pd.StringDtype)
    assert done["use_spread"].tolist() == [0.0, 0.4]


@given(st.lists(st.sampled_from(list(tables.grades().index)), min_size=1))
def test_kept_is_what_the_grades_call_observed_and_what_a_scenario_set(names: list[str]) -> None:
    kept = cascade.is_kept(pd.Series(names, dtype="str"))
    grades = tables.grades()["class"]
    also = {"scenario", "census"}
    assert kept.tolist() == [grades[n] == "observed" or n in also for n in names]


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (3, 3), (9, 5)])
def test_a_note_counts_all_and_names_a_few(count: int, shown: int) -> None:
    row = cascade.note("buildings", "why", pd.Index([f"w{n}" for n in range(count)]))
    assert row["count"] == count
    assert len(str(row["examples"]).split()) == shown

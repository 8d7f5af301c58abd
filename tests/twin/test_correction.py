from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from twin import correction

if TYPE_CHECKING:
    from pathlib import Path

MATCHES = pd.DataFrame(
    {"status": ["matched", "unmatched", "ambiguous"], "object_id": ["w1", "", ""],
     "candidates": ["w1", "", "w2 w3"], "reason": ["by address", "no building by address", "2 buildings"]},
    index=[2, 3, 4], dtype="str",
)  # fmt: skip
KEYS = pd.DataFrame({"address": ["A 1", "B 2", "C 3"]}, index=[2, 3, 4], dtype="str")
IDS = ["w1", "w2", "w3"]


def corrected(tmp_path: Path, text: str) -> pd.DataFrame:
    path = tmp_path / "matches.csv"
    path.write_text(text, encoding="utf-8")
    return correction.corrected(MATCHES, KEYS, path, IDS)


def test_a_filled_object_is_taken_and_others_stay(tmp_path: Path) -> None:
    done = corrected(
        tmp_path, "row;status;object_id;address\n4;ambiguous;w3;C 3\n3;unmatched;;B 2\n"
    )
    assert list(done["object_id"]) == ["w1", "", "w3"]
    assert list(done["status"]) == ["matched", "unmatched", "matched"]
    assert MATCHES.loc[4, "object_id"] == ""


def test_a_spreadsheet_may_turn_rows_into_numbers_and_order(tmp_path: Path) -> None:
    done = corrected(tmp_path, "object_id,row\nw2,3\n,4\nw1,2\n")
    assert done.loc[3, "object_id"] == "w2"
    assert done.loc[2, "reason"] == "by address"


def test_columns_without_a_name_are_passed_over(tmp_path: Path) -> None:
    assert corrected(tmp_path, "row;object_id;;\n3;w2;;\n").loc[3, "object_id"] == "w2"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("row;object_id\n9;w1\n", "not in the register"), ("row;object_id\n3;w9\n", "no building"),
     ("row;object_id;address\n3;w1;Z 9\n", "another key"), ("row\n3\n", "are missing"),
     ("row;object_id;object_id\n3;w1;w2\n", "stands twice")],
)  # fmt: skip
def test_what_cannot_be_taken(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        corrected(tmp_path, text)


@given(
    st.lists(
        st.lists(
            st.sampled_from(["row", "object_id", "3", "w1", "", "4.0", "x", "-1"]), max_size=4
        ),
        max_size=4,
    )
)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_table_is_taken_or_an_input_error(tmp_path: Path, rows: list[list[str]]) -> None:
    try:
        done = corrected(tmp_path, "\n".join(";".join(row) for row in rows))
    except InputError:
        return
    assert set(done["object_id"]) <= {"", *IDS}

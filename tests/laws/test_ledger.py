"""Laws of the ledger: sums are exact, free of row order, and differences lose nothing."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.activities import activity, factor_set
from twin import ledger

if TYPE_CHECKING:
    from random import Random

    from twin.ledger import Ledger

ENERGY = st.floats(min_value=0, max_value=1e12, allow_nan=False) | st.floats(0, 1e-9)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "object_id": st.sampled_from(["w1", "w2", "w3"]),
            "carrier": st.sampled_from(["natural_gas", "electricity", "biomass", "coal"]),
            "activity": ENERGY,
        }
    ),
    min_size=1,
    max_size=30,
)


def booked(rows: list[dict[str, object]]) -> Ledger:
    return ledger.book(activity(*rows), factor_set(), year=2025, scenario="baseline")


@settings(deadline=None, max_examples=60)
@given(rows=ROWS, random=st.randoms(use_true_random=False))
def test_sums_are_bit_equal_in_every_row_order(
    rows: list[dict[str, object]], random: Random
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = booked(rows), booked(shuffled)
    for column in ("activity", "tco2e", "biogenic"):
        pd.testing.assert_series_equal(
            one.by("carrier", "object_id", column=column),
            other.by("carrier", "object_id", column=column),
            check_exact=True,
        )
        assert repr(one.total(column)) == repr(other.total(column))


@settings(deadline=None, max_examples=60)
@given(rows=ROWS)
def test_totals_are_the_rounded_exact_sum(rows: list[dict[str, object]]) -> None:
    book = booked(rows)
    exact = sum((Fraction(value) for value in book.rows["activity"]), Fraction(0))
    assert book.total("activity") == float(exact)


@settings(deadline=None, max_examples=60)
@given(before=ROWS, after=ROWS)
def test_sum_of_the_difference_is_the_difference_of_the_sums(
    before: list[dict[str, object]], after: list[dict[str, object]]
) -> None:
    one, other = booked(after), booked(before)
    change = one - other
    exact = sum((Fraction(value) for value in one.rows["activity"]), Fraction(0)) - sum(
        (Fraction(value) for value in other.rows["activity"]), Fraction(0)
    )
    assert change.total("activity") == float(exact)
    assert len(change) == len(one) + len(other)
    assert (one - one).total("activity") == 0.0


@settings(deadline=None, max_examples=60)
@given(first=ROWS, second=ROWS)
def test_no_row_is_lost_when_ledgers_are_joined(
    first: list[dict[str, object]], second: list[dict[str, object]]
) -> None:
    whole = ledger.concat([booked(first), booked(second)])
    frames = [activity(*first), activity(*second)]
    assert ledger.balance(frames, whole)["rows_out"] == len(first) + len(second)
    parts = whole.by("object_id", column="activity")
    assert abs(parts.sum() - whole.total("activity")) <= 1e-9 * max(1.0, whole.total("activity"))

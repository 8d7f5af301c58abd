from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import tables
from twin import columns
from twin.maps import style

NUMBERS = st.lists(st.floats(-1e9, 1e9) | st.just(float("nan")), max_size=50).map(np.array)


@given(values=NUMBERS)
def test_every_value_falls_into_one_class(values: np.ndarray) -> None:
    values = values.astype(float)
    for classes in (style.sequential(values, "viridis"), style.diverging(values, 1)):
        assert sum(classes.counts(values)) == np.isfinite(values).sum()
        assert list(classes.breaks) == sorted(set(classes.breaks))
        assert len(classes.colours) == len(classes.breaks) + 1


@given(values=NUMBERS)
def test_change_is_symmetric_about_zero(values: np.ndarray) -> None:
    breaks = style.diverging(values.astype(float), 0).breaks
    assert breaks == tuple(-value for value in reversed(breaks))


def test_no_change_is_grey_and_everything_else_is_not() -> None:
    change = np.array([-5.0, -1.0, 0.0, 0.04, 1.0, 7.0])
    classes = style.diverging(change, 1)
    numbers = np.searchsorted(classes.breaks, change, side="right")
    grey = [classes.colours[n] == "#d9d9d9" for n in numbers]
    assert grey == [False, False, True, True, False, False]


def test_quantiles_of_even_values_give_even_classes() -> None:
    classes = style.sequential(np.arange(1.0, 61.0), "viridis")
    assert classes.breaks == (11.0, 21.0, 30.0, 40.0, 50.0)
    assert classes.counts(np.arange(1.0, 61.0)) == [10, 10, 9, 10, 10, 11]


def test_one_value_gives_one_class() -> None:
    assert style.sequential(np.full(9, 3.0), "batlow").breaks == ()


@pytest.mark.parametrize("palette", ["viridis", "batlow"])
def test_lightness_runs_one_way_so_that_grey_print_is_readable(palette: str) -> None:
    weights = np.array([0.2126, 0.7152, 0.0722])
    light = [
        weights @ np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)])
        for c in style.colours(palette, 6)
    ]
    assert light == sorted(light)


def test_what_nobody_notices_is_the_middle_class() -> None:
    change = np.array([-300.0, -49.0, 0.0, 49.0, 60.0, 400.0])
    least = style.noticeable("streets", "vehicles", 0)
    classes = style.diverging(change, 0, least=least)
    assert classes.counts(change)[len(classes.breaks) // 2] == 3
    assert style.noticeable("streets", "vehicles_morning", 0) == least
    assert style.noticeable("buildings", "walk_school", 1) == 1.0
    assert style.noticeable("streets", "nothing_of_that_name", 1) == 0.05


def test_noticeable_changes_have_the_unit_of_their_columns() -> None:
    rows = tables.load("noticeable", "twin.data")
    for row in rows.itertuples():
        fits = [
            one.unit
            for (table, name), one in columns.catalogue().items()
            if table == row.table and name.startswith(row.column) and "_change" not in name
        ]
        assert fits, row.column
        assert row.low <= row.least <= row.high
        assert {unit.removesuffix("(A)") for unit in fits} <= {str(row.unit).removesuffix("(A)")}

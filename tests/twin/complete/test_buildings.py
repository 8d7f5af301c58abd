"""Laws of the whole completion: whatever a reader may hand over becomes a table of the City."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import tables
from tests.twin.complete import frames
from twin.city import schema
from twin.complete import buildings as completion
from twin.complete import defaults

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS = [*tables.load("building_uses")["building"], "yes", "what", "<script>"]
BUILDING = st.fixed_dictionaries(
    {"building": st.sampled_from(WORDS), "area": st.floats(0.1, 6e5)},
    optional={
        "levels": st.floats(0.5, 100),
        "height": st.floats(1, 400),
        "year": st.integers(1000, 2100).map(float),
        "dwellings": st.integers(0, 2000).map(float),
        "roof_shape": st.sampled_from(["flat", "gabled"]),
        "amenity": st.sampled_from(["school", "cafe", "bench"]),
        "shop": st.sampled_from(["supermarket", "yes"]),
    },
)


def completed(rows: list[Mapping[str, Any]], country: str) -> pd.DataFrame:
    figures = defaults.load(country)
    found, _ = completion.prepare(frames.buildings(*rows), figures)
    done, _ = completion.complete(found, frames.places(), frames.land(), figures, 2020)
    return done.assign(zone=pd.Series(None, done.index, dtype="str"))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(BUILDING, min_size=1, max_size=12), st.sampled_from(["DK", "LI", "BR"]))
def test_every_building_becomes_a_row_that_the_contract_accepts(
    rows: list[Mapping[str, Any]], country: str
) -> None:
    done = completed(rows, country)
    assert schema("buildings").faults(done) == []
    sources = [name for name in done if name.endswith("_source")]
    assert done[sources].isin(tables.grades().index).all(axis=None)


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(BUILDING, min_size=1, max_size=12), st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[Mapping[str, Any]], random: Any) -> None:
    figures = defaults.load("DK")
    found, _ = completion.prepare(frames.buildings(*rows), figures)
    order = list(found.index)
    random.shuffle(order)
    one, _ = completion.complete(found, frames.places(), frames.land(), figures, 2020)
    two, _ = completion.complete(found.loc[order], frames.places(), frames.land(), figures, 2020)
    pd.testing.assert_frame_equal(one, two.loc[one.index])


def test_no_buildings_at_all() -> None:
    empty = completed([], "DK")
    assert schema("buildings").faults(empty) == []

"""Laws of every kind of intervention that the catalog finds, tried on its own examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.mobility.service import served
from twin import catalog, city, document, scenario

if TYPE_CHECKING:
    from twin.intervention import Intervention

CITY = served()
EXAMPLES = [
    kind.model_validate(example) for kind in catalog.kinds().values() for example in kind.examples
]
each = pytest.mark.parametrize("one", EXAMPLES, ids=lambda one: f"{one.kind}:{one.id}")


def test_every_kind_has_an_example() -> None:
    assert {one.kind for one in EXAMPLES} == set(catalog.kinds())


@each
def test_it_goes_through_yaml_unchanged(one: Intervention) -> None:
    entry = document.parse(document.write(catalog.write(one))).data
    again, faults = catalog.read(entry, (), {})
    assert not faults
    assert again == one


@each
def test_the_input_is_left_untouched(one: Intervention) -> None:
    before = {name: CITY.table(name) for name in CITY}
    digest = CITY.digest
    one.apply(CITY)
    one.cost(CITY)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(CITY.table(name)), pd.DataFrame(frame))
    assert city.City.of({name: CITY.table(name) for name in CITY}, **facts()).digest == digest


def facts() -> dict[str, Any]:
    names = ("name", "crs", "year", "country", "timezone", "boundary", "model_area")
    return {name: getattr(CITY, name) for name in names}


@each
def test_tables_keep_columns_and_rows_and_their_contract(one: Intervention) -> None:
    after = one.apply(CITY)
    for name in CITY:
        old, new = CITY.table(name), after.table(name)
        optional = {column.name for column in city.schema(name).optional}
        assert list(new.columns[: len(old.columns)]) == list(old.columns)
        assert set(new.columns[len(old.columns) :]) <= optional
        assert new.index.is_unique
        assert old.index.isin(new.index).all()
        assert not city.schema(name).faults(new)


@each
def test_only_selected_objects_change(one: Intervention) -> None:
    after = one.apply(CITY)
    chosen = one.select(CITY)
    for name in set(CITY) - set(one.touches):
        old, new = CITY.table(name), after.table(name)
        if name == one.table:
            old, new = old.drop(index=chosen), new.drop(index=chosen)
        rest = new.loc[new.index.isin(old.index), old.columns]
        pd.testing.assert_frame_equal(pd.DataFrame(rest), pd.DataFrame(old))
    assert after.digest != CITY.digest


@each
def test_costs_are_possible_and_have_units(one: Intervention) -> None:
    cost = one.cost(CITY)
    assert cost.amount >= 0
    assert cost.lifetime > 0
    assert cost.quantity > 0
    assert cost.unit
    assert len(cost.currency) == 3
    assert cost.payer in {"municipality", "owner", "household", "company", "state"}
    assert cost.sources


@each
def test_twice_is_once(one: Intervention) -> None:
    chosen = one.select(CITY)
    once = one.apply(CITY, chosen)
    assert one.apply(once, chosen).digest == once.digest
    assert one.cost(once, chosen).amount == 0


@each
def test_sets_of_later_years_contain_those_of_earlier_ones(one: Intervention) -> None:
    before: set[str] = set()
    for year in range(one.start - 1, one.start + 12):
        now = set(one.realised(CITY, year))
        assert before <= now
        before = now
    assert not one.realised(CITY, one.start - 1).size


@each
def test_doing_it_in_parts_is_never_cheaper(one: Intervention) -> None:
    order = one.ranked(CITY)
    half = len(order) // 2
    first, second = order[:half], order[half:]
    parts = one.cost(CITY, first).amount + one.cost(one.apply(CITY, first), second).amount
    assert parts >= one.cost(CITY, order).amount * (1 - 1e-9)


@each
@settings(deadline=None, max_examples=5)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(one: Intervention, seed: int) -> None:
    shuffled = CITY.replace(**{one.table: CITY.table(one.table).sample(frac=1, random_state=seed)})
    assert list(one.ranked(shuffled)) == list(one.ranked(CITY))


SLUG = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,20}", fullmatch=True)
NOTE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40)
ENTRIES = st.builds(
    lambda example, start, pace, note, identity: {
        **example, "start": start, "pace": pace, "note": note, "id": identity,
    },
    st.sampled_from([dict(e) for kind in catalog.kinds().values() for e in kind.examples]),
    st.integers(1990, 2100),
    st.one_of(st.just("at once"), st.floats(1e-6, 1.0)),
    NOTE,
    SLUG,
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(
    name=SLUG,
    title=NOTE,
    seed=st.integers(0, 2**31),
    entries=st.lists(ENTRIES, min_size=1, max_size=4, unique_by=lambda entry: entry["id"]),
)
def test_scenarios_go_through_yaml_unchanged(
    name: str, title: str, seed: int, entries: list[dict[str, Any]]
) -> None:
    made = scenario.Scenario(
        name=name,
        title=title,
        seed=seed,
        interventions=tuple(
            catalog.kinds()[entry["kind"]].model_validate(entry) for entry in entries
        ),
    )
    assert scenario.parse(scenario.write(made)) == made

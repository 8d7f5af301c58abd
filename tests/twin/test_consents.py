from __future__ import annotations

import re

import pytest

from layers import tables
from twin import catalog, consents
from twin.columns import LANGUAGES
from twin.sentences import say


def test_every_kind_has_a_general_row() -> None:
    rows = tables.load("consents", "twin.data")
    assert set(catalog.kinds()) <= set(rows.loc[rows["country"] == consents.ANY, "kind"])
    assert not rows.duplicated(["kind", "country"]).any()
    assert rows[["consent", "basis", "evidence"]].notna().all(axis=None)


def test_the_own_country_goes_before_the_general_row() -> None:
    danish, other = (consents.of(["close_street"], one)[0] for one in ("DK", "PT"))
    assert "Færdselsloven" in danish.basis
    assert "police" in danish.consent
    assert other.basis == "road traffic law of the country"


def test_each_kind_once_and_the_unknown_not_at_all() -> None:
    found = consents.of(["parking", "parking", "teleport"], "DE")
    assert [one.kind for one in found] == ["parking"]


def test_every_kind_of_works_on_buildings_says_what_it_means_for_people_inside() -> None:
    works = {name for name, kind in catalog.kinds().items() if hasattr(kind, "by_object")}
    rows = tables.load("disruption", "twin.data")
    assert works == set(rows["kind"])
    assert (rows["days_low"] <= rows["days_high"]).all()
    assert set(rows["stay"]) <= {"yes", "no", "with limits"}
    found = consents.disruptions(["boiler", "rebuild", "boiler", "close_street"])
    assert [(one.kind, one.days, one.stay) for one in found] == [
        ("boiler", "1 to 3", "yes"),
        ("rebuild", "365 to 1095", "no"),
    ]


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_who_must_agree_is_said_in_every_language(language: str) -> None:
    """Laws keep their names; what is said about them in English has its phrase."""
    rows = tables.load("consents", "twin.data").fillna("")
    lacking = [text for text in rows["consent"].unique() if say(text, language)[1] != language]
    english = re.compile(r"\b(of|the|and|no|chapter|act)\b")
    lacking += [
        text for text in rows["basis"].unique()
        if english.search(text) and say(text, language)[1] != language
    ]  # fmt: skip
    assert not lacking, f"add to twin/data/phrases.csv: {lacking}"

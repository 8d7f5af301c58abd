from __future__ import annotations

from layers import tables
from twin import catalog, consents


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

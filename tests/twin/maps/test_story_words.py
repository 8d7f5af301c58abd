"""What a place has to tell is said in the language of the page: titles, kinds, units, sources."""

from __future__ import annotations

import pytest

from layers import tables
from tests.twin.cities import tiny
from twin.columns import LANGUAGES
from twin.energy.systems import MIX
from twin.maps import layers
from twin.words import words

KINDS = {
    "use": list(tables.load("uses")["use"]),
    "renovation": ["existing", "usual", "advanced"],
    "highway": list(tables.load("osm_highways")["highway"]),
}


def test_every_kind_and_source_has_its_words() -> None:
    said = words("en")
    keys = {f"value_{column}_{kind}" for column, kinds in KINDS.items() for kind in kinds}
    keys |= {f"fact_{column}" for columns in layers.FACTS.values() for column in columns}
    keys |= {f"grade_{source}" for source in tables.grades().index}
    assert keys <= set(said)
    rows = tables.load("words", "twin.data").set_index("key").loc[sorted(keys)]
    assert rows[list(LANGUAGES)].notna().all(axis=None)


def test_every_kind_of_heating_is_said() -> None:
    said = words("fi")
    for kind in [*tables.load("heating_systems")["heating"], MIX]:
        assert f"value_heating_{kind}" in said or f"term_{kind}" in said, kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_house_tells_its_facts_in_the_language(language: str) -> None:
    frame = tiny().buildings
    found = {one["title"]: one for one in layers.facts("buildings", frame, language)}
    assert next(iter(found)) == words(language)["fact_use"]
    uses = found[words(language)["fact_use"]]["values"]["texts"]
    assert set(uses) == {words(language)[f"value_use_{use}"] for use in frame["use"]}
    assert found[words(language)["fact_floor_area"]]["unit"] == "m²"
    assert layers.sources(language)["osm"] == ["observed", words(language)["grade_osm"]]


def test_a_kind_that_has_no_words_is_told_as_it_is() -> None:
    frame = tiny().buildings.assign(heating="peat_stove")
    (told,) = [one for one in layers.facts("buildings", frame, "de") if one["title"] == "Heizung"]
    assert told["values"]["texts"] == ["peat stove"]

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from layers import tables
from twin.energy.constructions import LEVELS
from twin.energy.parameters import energy_parameters, in_place
from twin.errors import NotComputedError

ARCHETYPES = tables.load("archetypes")
TYPE = ["country", "size_class", "year_from", "year_to"]
LOSSES = ["u_roof", "u_wall", "u_floor", "u_window", "u_door", "infiltration", "delta_u_bridges"]
SUBSTITUTED = tables.load("country_substitutes").query("subject == 'archetypes'")["country"]


def test_a_country_of_its_own_has_no_substitute() -> None:
    found = energy_parameters("DK")
    assert found.archetype_country == "DK"
    assert not found.substituted
    assert found.substitutes == ()
    assert (found.archetypes["country"] == "DK").all()


def test_finland_names_sweden() -> None:
    found = energy_parameters("FI")
    assert found.archetype_country == "SE"
    assert found.substituted
    assert "SE stand in for FI (assumed)" in found.substitutes[0]


@pytest.mark.parametrize("country", list(SUBSTITUTED))
def test_every_named_substitute_has_archetypes(country: str) -> None:
    assert not energy_parameters(country).archetypes.empty


@pytest.mark.parametrize("country", ["BR", "US", "XX", ""])
def test_without_archetypes_nothing_is_computed(country: str) -> None:
    with pytest.raises(NotComputedError, match=r"not computed.*country_substitutes"):
        energy_parameters(country)


def test_every_archetype_has_its_three_states() -> None:
    states = ARCHETYPES.groupby(TYPE)["renovation"].agg(list)
    assert all(found == list(LEVELS) for found in states)


def test_no_state_of_renovation_loses_more_than_the_one_before() -> None:
    by_state = {level: rows.set_index(TYPE) for level, rows in ARCHETYPES.groupby("renovation")}
    for worse, better in pairwise(LEVELS):
        for column in LOSSES:
            assert (by_state[better][column] <= by_state[worse][column]).all(), (better, column)


def test_archetypes_are_plausible() -> None:
    existing = ARCHETYPES[ARCHETYPES["renovation"] == "existing"]
    assert not ((existing["u_wall"] < 0.35) & (existing["u_roof"] > 1.5)).any()
    assert not ((existing["u_wall"] < 0.2) & (existing["year_to"] < 1990)).any()
    assert existing["window_share"].between(0.02, 0.6).all()
    assert ARCHETYPES["g_window"].between(0.3, 0.9).all()
    assert (ARCHETYPES["year_from"] <= ARCHETYPES["year_to"]).all()
    assert ARCHETYPES.notna().all(axis=None)


def test_old_houses_are_worse_than_new_ones_in_every_country() -> None:
    existing = ARCHETYPES[ARCHETYPES["renovation"] == "existing"]
    for _, rows in existing[existing["size_class"] == "MFH"].groupby("country"):
        ordered = rows.sort_values("year_from")
        assert ordered["u_wall"].iloc[-1] < ordered["u_wall"].iloc[0]


def test_the_notice_names_makers_licence_and_every_refusal() -> None:
    from importlib import resources

    notice = resources.files("layers.data").joinpath("archetypes_NOTICE.md").read_text("utf-8")
    assert "CC BY 4.0" in notice
    assert "IWU" in notice
    codes = set(ARCHETYPES["code"].str.split(".Gen.").str[0])
    refused = notice.split("## Refused")[1].split("The best other")[0].replace("\n", " ")
    for code in refused.strip(" .").split(", "):
        assert code.strip(" .") not in codes


def test_profiles_know_every_use_in_every_key() -> None:
    profiles = energy_parameters("DK").profiles
    assert set(profiles.index) >= set(tables.load("uses")["use"])
    assert profiles.notna().all(axis=None)
    assert profiles["heated_time"].between(0.0, 1.0).all()
    assert set(tables.load("archetype_sizes")["use"]) == set(profiles.index)


@pytest.mark.parametrize("country", tables.load("heating_mix")["country"].unique())
def test_shares_of_heating_sum_to_one(country: str) -> None:
    rows = tables.load("heating_mix").query("country == @country")
    assert math.fsum(rows["value"]) == pytest.approx(1.0, abs=1e-12)
    assert (rows["value"] >= 0.0).all()
    assert rows["heating"].isin(tables.load("heating_systems")["heating"]).all()
    assert rows["heating"].is_unique


def test_every_country_with_archetypes_has_shares_of_heating() -> None:
    countries = set(ARCHETYPES["country"]) | set(SUBSTITUTED)
    assert countries <= set(tables.load("heating_mix")["country"])


def test_every_system_delivers_a_carrier_of_the_ledger() -> None:
    assert set(tables.load("heating_systems")["carrier"]) <= set(tables.load("carriers")["carrier"])


@pytest.mark.parametrize(
    "name",
    ["energy_parameters", "energy_profiles", "heating_mix", "heating_systems", "archetype_sizes"],
)
def test_every_figure_has_unit_source_year_and_grade(name: str) -> None:
    rows = tables.load(name)
    assert rows[["unit", "source", "year", "evidence"]].notna().all(axis=None)
    assert rows["evidence"].isin(["published", "assumed"]).all()
    judged = rows["source"] == "own judgement"
    assert (rows.loc[judged, "evidence"] == "assumed").all()


def test_spanish_archetypes_are_assumed_where_winters_are_cold() -> None:
    spain = energy_parameters("ES")
    coast, inland = in_place(spain, 10.0), in_place(spain, 4.0)
    assert coast is spain
    assert not coast.substituted
    assert inland.substituted
    assert "Mediterranean coast; the coldest month here has 4 degC" in inland.substitutes[-1]
    denmark = energy_parameters("DK")
    assert in_place(denmark, -2.0) is denmark

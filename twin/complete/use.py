"""Main use of buildings, with the probability that it is wrong.

Tag of the building > its own amenity, shop or office tags > places inside the footprint > votes of
the buildings nearest in place and most alike, together with land use and size of the footprint >
land use > votes of the neighbours of the same size > size of the footprint. The words of the tags are turned into uses by
``building_uses.csv``, ``place_uses.csv``, ``land_uses.csv`` and ``size_classes.csv``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from shapely import STRtree

from twin.complete import cascade, kin, neighbours, traits
from twin.complete.defaults import ANY

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.complete.defaults import Defaults

RESIDENTIAL: Final = "residential"
"""Value of a building or land tag that says dwellings but not which kind."""

ACCEPTED_WRONG: Final = 0.5
"""A rule is used only where it is right more often than not [1]."""


def complete(
    buildings: gpd.GeoDataFrame,
    places: pd.DataFrame,
    land: pd.DataFrame,
    defaults: Defaults,
    seen: pd.DataFrame | None = None,
    tagged: pd.Series | None = None,
) -> gpd.GeoDataFrame:
    """Complete the main use of each building.

    Parameters
    ----------
    buildings
        Table as found with footprint [m2], or completed before.
    places, land
        Points with key and value; areas with kind and value. Same CRS as the buildings.
    defaults
        Completion tables.
    """
    begun = cascade.draft(buildings, "use", 0.0, dtype="str")
    for rule, source in (
        (from_tag(buildings, defaults), "osm"),
        (from_own_places(buildings, defaults), "osm"),
        (from_dwellings(buildings, defaults), "osm"),
    ):
        begun = cascade.fill(begun, rule["use"], source, rule["value"])
    seen = traits.measure(buildings, None, defaults) if seen is None else seen
    observed, ground = begun["value"], from_land(buildings, land, defaults)
    size = from_size(buildings, defaults, "any")
    tagged = tagged_share(buildings, observed, defaults) if tagged is None else tagged
    for rule, source in (
        (from_places(buildings, places, defaults), "calculated"),
        (from_kin(buildings, observed, ground.fillna(size), tagged, seen, defaults), "neighbours"),
        (ground, "typology"),
        (from_neighbours(buildings, observed, defaults), "neighbours"),
        (size, "default"),
    ):
        begun = cascade.fill(begun, rule["use"], source, rule["value"])
    return cascade.settle(buildings, "use", begun)


def size_class(buildings: pd.DataFrame, defaults: Defaults) -> pd.Series:
    """Size class of each footprint (size_classes.csv)."""
    rows = defaults.size_classes.drop_duplicates("size")
    return pd.cut(
        buildings["footprint"], [*rows["lower"], np.inf], right=False, labels=list(rows["size"])
    ).astype("str")


def from_tag(buildings: pd.DataFrame, defaults: Defaults) -> pd.DataFrame:
    """Use by building=*; `residential` is told apart by the size of the footprint."""
    rule = _look_up(buildings["building"], defaults.building_uses)
    return _resolve_residential(rule, buildings, defaults)


def from_dwellings(buildings: pd.DataFrame, defaults: Defaults) -> pd.DataFrame:
    """A building with tagged flats and nothing else is residential; its size tells which."""
    flats = buildings["dwellings"].astype(float) > 0
    if "dwellings_source" in buildings:
        flats &= cascade.is_kept(buildings["dwellings_source"])
    rule = from_size(buildings, defaults, RESIDENTIAL)
    return rule.where(flats)


def from_own_places(buildings: pd.DataFrame, defaults: Defaults) -> pd.DataFrame:
    """Use by amenity, shop, office ... tags that the building itself carries."""
    rules = defaults.place_uses[defaults.place_uses["where"] == "on"]
    found = pd.DataFrame(
        {
            "use": pd.Series(np.nan, buildings.index, dtype="str"),
            "value": pd.Series(np.nan, buildings.index),
        }
    )
    for key, rows in rules.groupby("key", sort=False):
        rule = _look_up(buildings[str(key)], rows.set_index("place"))
        better = rule["value"].lt(found["value"]) | (found["use"].isna() & rule["use"].notna())
        found = found.mask(better, rule)
    return found


def from_places(buildings: pd.DataFrame, places: pd.DataFrame, defaults: Defaults) -> pd.DataFrame:
    """Use by the most telling place inside the footprint.

    A cafe on the ground floor does not make the house a restaurant: only kinds of place that
    are right more often than not are used.
    """
    rules = defaults.place_uses[defaults.place_uses["where"] == "in"]
    exact = places[["key", "value"]].merge(
        rules.rename(columns={"place": "value", "value": "wrong"})[
            ["key", "value", "use", "wrong"]
        ],
        how="left",
        on=["key", "value"],
    )
    general = places["key"].map(rules[rules["place"] == ANY].set_index("key")["use"])
    wrong = places["key"].map(rules[rules["place"] == ANY].set_index("key")["value"])
    exact["use"] = exact["use"].fillna(pd.Series(general.to_numpy(), exact.index))
    exact["wrong"] = exact["wrong"].fillna(pd.Series(wrong.to_numpy(), exact.index))
    telling = (exact["wrong"] < ACCEPTED_WRONG).to_numpy()
    place, building = STRtree(buildings.geometry.to_numpy()).query(
        places.geometry.to_numpy()[telling], predicate="within"
    )
    hits = (
        exact[telling]
        .iloc[place]
        .assign(at=building)
        .sort_values(["wrong", "use"])
        .drop_duplicates("at")
        .set_index("at")
    )
    return (
        hits[["use", "wrong"]]
        .set_axis(["use", "value"], axis=1)
        .reindex(range(len(buildings)))
        .set_axis(buildings.index)
    )


def from_land(buildings: pd.DataFrame, land: pd.DataFrame, defaults: Defaults) -> pd.DataFrame:
    """Use by the smallest land use area round the building's centre."""
    known = land[land["value"].isin(defaults.land_uses.index)]
    known = known.iloc[np.argsort(known.geometry.area.to_numpy(), kind="stable")]
    area, building = STRtree(buildings.geometry.representative_point().to_numpy()).query(
        known.geometry.to_numpy(), predicate="contains"
    )
    first = pd.Series(area, dtype="int64").groupby(pd.Series(building, dtype="int64")).min()
    value = pd.Series(
        known["value"].to_numpy()[first.to_numpy()], buildings.index[first.index], dtype="str"
    ).reindex(buildings.index)
    rule = _resolve_residential(_look_up(value, defaults.land_uses), buildings, defaults)
    small = size_class(buildings, defaults).isin(["tiny", "small"])
    return rule.where(~small)


def tagged_share(buildings: pd.DataFrame, known: pd.Series, defaults: Defaults) -> pd.Series:
    """Share of the buildings of each one's size class whose use is known [1]."""
    return known.notna().groupby(size_class(buildings, defaults)).transform("mean")


def from_kin(
    buildings: gpd.GeoDataFrame,
    known: pd.Series,
    rule: pd.DataFrame,
    tagged: pd.Series,
    seen: pd.DataFrame,
    defaults: Defaults,
) -> pd.DataFrame:
    """Use for which the buildings nearest in place and most alike, and the rules, vote.

    Mappers tag the unusual first: the fewer of the buildings of a size are tagged, the more the
    rules' vote weighs.

    Parameters
    ----------
    buildings
        Table with footprint [m2] and geometry.
    known
        Observed uses; missing where nothing was observed.
    rule
        Use and probability of error by land use and size.
    tagged
        Share of the buildings of each one's size whose use was observed [1].
    seen
        Traits of the buildings.
    defaults
        Completion tables.
    """
    constants, names = defaults.settings, defaults.uses.index
    weight = constants["neighbours.known_share"] / tagged.clip(lower=1 / constants["kin.count"])
    found = kin.kinds(
        kin.Known(neighbours.xy(buildings.geometry.centroid), seen.to_numpy(float)),
        names.get_indexer(known).astype(np.int64),
        kin.Rule(
            names.get_indexer(rule["use"]).astype(np.int64),
            (weight.clip(lower=1.0) * (1 - rule["value"])).fillna(0.0).to_numpy(float),
        ),
        constants,
    ).set_index(buildings.index)
    use = found["kind"].map(dict(enumerate(names)))
    return pd.DataFrame({"use": use.astype("str"), "value": 1 - found["share"]})


def from_neighbours(buildings: pd.DataFrame, known: pd.Series, defaults: Defaults) -> pd.DataFrame:
    """Most frequent observed use among neighbours of the same size class.

    Mappers tag the unusual first: where only few of the buildings around are tagged, those few
    say nothing of the rest and the building stays open. The probability of error is the share of the other votes.

    Parameters
    ----------
    buildings
        Table with footprint [m2] and geometry.
    known
        Observed uses; missing where nothing was observed.
    defaults
        Completion tables.
    """
    constants, names = defaults.settings, defaults.uses.index
    votes = neighbours.nearby_vote(
        neighbours.xy(buildings.geometry.centroid),
        names.get_indexer(known).astype(np.int64),
        pd.factorize(size_class(buildings, defaults))[0].astype(np.int64),
        count=int(constants["neighbours.count"]),
        least=int(constants["neighbours.least"]),
        radius=constants["neighbours.radius"],
        least_share=constants["neighbours.known_share"],
    ).set_index(buildings.index)
    use = votes["kind"].map(dict(enumerate(names)))
    return pd.DataFrame({"use": use.astype("str"), "value": 1 - votes["share"]})


def from_size(buildings: pd.DataFrame, defaults: Defaults, land: str) -> pd.DataFrame:
    """Use by the size class of the footprint, anywhere or on residential land."""
    rows = defaults.size_classes[defaults.size_classes["land"] == land].set_index("size")
    return _look_up(size_class(buildings, defaults), rows)


def _look_up(words: pd.Series, table: pd.DataFrame) -> pd.DataFrame:
    """Use and probability of error of each word; the row for any word stands in, if there is one."""
    rule = pd.DataFrame(
        {
            "use": words.map(table["use"]).astype("str"),
            "value": words.map(table["value"]).astype(float),
        },
        index=words.index,
    )
    if ANY in table.index:
        general = words.notna() & rule["use"].isna()
        rule["use"] = rule["use"].mask(general, str(table.loc[ANY, "use"]))
        rule["value"] = rule["value"].mask(general, float(table.loc[ANY, "value"]))
    return rule


def _resolve_residential(
    rule: pd.DataFrame, buildings: pd.DataFrame, defaults: Defaults
) -> pd.DataFrame:
    """Tell houses from apartment buildings where the word says only residential."""
    by_size = from_size(buildings, defaults, RESIDENTIAL)
    open_kind = rule["use"] == RESIDENTIAL
    either = 1 - (1 - rule["value"]) * (1 - by_size["value"])
    return pd.DataFrame(
        {
            "use": rule["use"].mask(open_kind, by_size["use"]),
            "value": rule["value"].mask(open_kind, either),
        }
    )

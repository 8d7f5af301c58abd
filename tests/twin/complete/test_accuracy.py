from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from layers import demo, osm
from twin.complete import accuracy, defaults, floors, height, use

if TYPE_CHECKING:
    from pathlib import Path


def known(values: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"year": values}, index=[f"w{n}" for n in range(len(values))])


def hide(frame: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    return frame.assign(year=frame["year"].mask(rows))


def mean(frame: pd.DataFrame) -> pd.DataFrame:
    """Complete with the mean of what is left, and ten years of spread."""
    filled = frame["year"].fillna(frame["year"].mean())
    source = pd.Series("typology", frame.index, dtype="str")
    return frame.assign(year=filled, year_source=source, year_spread=10.0)


def test_a_completion_that_always_says_the_same_has_the_error_of_its_guess() -> None:
    values = [*np.linspace(1900.0, 2000.0, 60), np.nan]
    found = accuracy.accuracy(known(values), "year", hide, lambda frame: mean(
        frame.assign(year=frame["year"].mask(frame["year"].notna(), 1950.0))))  # fmt: skip
    error = np.abs(np.linspace(1900.0, 2000.0, 60) - 1950.0)
    assert found.loc["all", "count"] == 60
    assert found.loc["all", "mean_absolute_error"] == pytest.approx(error.mean())
    assert found.loc["all", "mean_error"] == pytest.approx(0.0, abs=1e-9)
    assert found.loc["all", "within_spread"] == pytest.approx((error <= 10).mean())


def test_the_hidden_value_never_helps_to_predict_itself() -> None:
    spike = [0.0] * 40 + [1e6]
    found = accuracy.accuracy(known(spike), "year", hide, mean)
    # Were the spike seen by its own prediction, its error would be 41/40 smaller than this.
    assert found.loc["all", "root_mean_square_error"] >= 1e6 / 41**0.5


def test_words_are_scored_against_what_their_spread_promises() -> None:
    frame = pd.DataFrame({"use": pd.Series(["house"] * 30 + ["shop"] * 10, dtype="str")})
    frame.index = pd.Index([f"w{n}" for n in range(40)])
    found = accuracy.accuracy(
        frame, "use", lambda table, _rows: table,
        lambda table: table.assign(use="house", use_source="default", use_spread=0.25),
    )  # fmt: skip
    assert found.loc["default", "right"] == pytest.approx(0.75)
    assert found.loc["default", "expected"] == pytest.approx(0.75)


def measured(path: Path, crs: str, country: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Accuracy of storeys and of use in an extract."""
    found, figures = osm.read(path, None), defaults.load(country)
    tables = {name: found.tables[name].to_crs(crs) for name in ("buildings", "places", "land")}
    houses = floors.footprints(tables["buildings"])

    def used(frame: pd.DataFrame) -> pd.DataFrame:
        return use.complete(frame, tables["places"], tables["land"], figures)

    def hide_use(frame: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
        own = {key: frame[key].mask(rows) for key in set(figures.place_uses["key"]) & set(frame)}
        return frame.drop(columns="use").assign(building=frame["building"].mask(rows, "yes"), **own)

    told = use.from_tag(houses, figures)
    uses = accuracy.accuracy(
        houses.assign(use=told["use"].where(told["value"] <= 0.2)), "use", hide_use, used
    )
    storeys = accuracy.accuracy(
        height.set_tops_aside(used(houses)), "levels",
        lambda frame, rows: frame.assign(levels=frame["levels"].mask(rows)),
        lambda frame: height.complete(frame, figures))  # fmt: skip
    print(path.name, storeys.round(2), uses.round(2), sep="\n")  # pytest -s shows them
    return storeys, uses


def test_helsinki() -> None:
    storeys, uses = measured(demo.path("helsinki"), "EPSG:25835", "FI")
    assert storeys.loc["all", "count"] > 100
    assert storeys.loc["all", "mean_absolute_error"] < 2.0
    assert storeys.loc["all", "within_spread"] > 0.5
    assert uses.loc["all", "right"] > 0.45
    assert uses.loc["all", "right"] == pytest.approx(uses.loc["all", "expected"], abs=0.15)


@pytest.mark.data
def test_liechtenstein(data_dir: Path) -> None:
    path = data_dir / "osm" / "liechtenstein-2021-05-05.osm.pbf"
    storeys, uses = measured(path, "EPSG:25832", "LI")
    assert storeys.loc["all", "mean_absolute_error"] < 1.0
    assert storeys.loc["all", "within_spread"] > 0.5
    assert uses.loc["all", "right"] > 0.65
    assert uses.loc["all", "right"] == pytest.approx(uses.loc["all", "expected"], abs=0.1)

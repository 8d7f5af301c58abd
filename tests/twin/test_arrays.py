"""Arrays of a City: nobody can write into them, and wrong ones are refused with every fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

from layers.errors import InputError
from tests.twin.cities import tiny
from tests.twin.rasters import climate, grid
from twin import arrays
from twin.arrays import ARRAYS
from twin.city import City

if TYPE_CHECKING:
    from collections.abc import Callable

CRS = "EPSG:25832"
HIGH = np.full((3, 4), 20.0)


def write_cell(dataset: xr.Dataset) -> None:
    dataset["elevation"].to_numpy()[0, 0] = 99.0


def write_selected(dataset: xr.Dataset) -> None:
    dataset["elevation"].loc[{"x": dataset["x"][0]}] = 99.0


def write_flag(dataset: xr.Dataset) -> None:
    dataset["elevation"].to_numpy().flags.writeable = True


def write_axis(dataset: xr.Dataset) -> None:
    values = dataset["x"].to_numpy()
    values.flags.writeable = True
    values[0] = 0.0


def write_attribute(dataset: xr.Dataset) -> None:
    dataset.attrs["crs"] = "EPSG:3006"
    dataset["elevation"].attrs["units"] = "ft"


def drop(dataset: xr.Dataset) -> None:
    del dataset["elevation"]


def assign(dataset: xr.Dataset) -> None:
    dataset["elevation"] = dataset["elevation"] + 1


WRITES = [write_cell, write_selected, write_flag, write_axis, write_attribute, drop, assign]


@pytest.mark.parametrize("write", WRITES)
def test_writing_into_an_array_that_was_handed_out_leaves_the_city(
    write: Callable[[xr.Dataset], None],
) -> None:
    city = tiny().replace(grid=grid(CRS))
    try:
        write(city.grid)
    except ValueError as error:
        assert "read-only" in str(error) or "WRITEABLE" in str(error) or "view" in str(error)  # noqa: PT017 - both refusing and keeping a copy are right
    assert arrays.digest(city.grid) == city.arrays["grid"].digest == arrays.digest(grid(CRS))


@pytest.mark.parametrize("write", [write_cell, write_axis, write_attribute, drop, assign])
def test_writing_into_an_array_that_was_given_leaves_the_city(
    write: Callable[[xr.Dataset], None],
) -> None:
    given = grid(CRS)
    city = tiny().replace(grid=given)
    write(given)
    assert arrays.digest(city.grid) == city.arrays["grid"].digest == arrays.digest(grid(CRS))


def test_a_city_without_arrays_has_empty_ones_and_its_old_digest() -> None:
    assert [dict(tiny().array(name).variables) for name in ARRAYS] == [{}, {}]
    assert tiny().replace(grid=grid(CRS)).replace(grid=xr.Dataset()) == tiny()
    assert tiny().replace(grid=grid(CRS)) != tiny()
    with pytest.raises(KeyError):
        tiny().array("clouds")


def test_other_changes_keep_the_arrays() -> None:
    city = tiny().replace(grid=grid(CRS), climate=climate())
    later = city.replace(year=2030, lamps=city.lamps.iloc[:1])
    assert later.arrays["grid"] is city.arrays["grid"]
    assert later.climate.sizes == {"time": 48}


def test_a_city_that_moves_must_take_its_grid_along() -> None:
    city = tiny().replace(grid=grid(CRS))
    moved = {
        name: city.table(name).to_crs(25833) for name in city if hasattr(city.table(name), "crs")
    }
    areas = {"boundary": city.boundary, "model_area": city.model_area}
    with pytest.raises(InputError, match="grid: has CRS EPSG:25832"):
        city.replace(crs="EPSG:25833", **moved, **areas)
    assert (
        "grid" in city.replace(crs="EPSG:25833", **moved, **areas, grid=grid("EPSG:25833")).arrays
    )


def changed(**changes: Any) -> xr.Dataset:
    return grid(CRS).assign(**changes)


def units(dataset: xr.Dataset, name: str, unit: str) -> xr.Dataset:
    dataset[name].attrs["units"] = unit
    return dataset


BAD = [
    pytest.param({"heights": grid(CRS)}, "heights", id="unknown array"),
    pytest.param({"grid": grid("EPSG:3006")}, "CRS EPSG:3006", id="another CRS"),
    pytest.param({"grid": grid(CRS).drop_attrs()}, "CRS none", id="no CRS"),
    pytest.param({"grid": grid(CRS).drop_vars("x")}, "grid x: is missing", id="no axis"),
    pytest.param({"grid": grid(CRS).isel(y=slice(None, None, -1))}, "grid y: is not even", id="south first"),
    pytest.param({"grid": grid(CRS).isel(x=[0, 1, 3])}, "grid x: is not even", id="gap"),
    pytest.param({"grid": units(grid(CRS), "elevation", "ft")}, "unit 'ft'", id="feet"),
    pytest.param({"grid": changed(elevation=(("y", "x"), HIGH))}, "unit ''", id="no unit"),
    pytest.param({"grid": changed(elevation=(("x", "y"), HIGH.T, {"units": "m"}))}, "dimensions", id="transposed"),
    pytest.param({"grid": changed(elevation=(("y", "x"), HIGH * 1000, {"units": "m"}))}, "outside", id="too high"),
    pytest.param({"grid": changed(elevation=(("y", "x"), HIGH * np.inf, {"units": "m"}))}, "inf", id="infinite"),
    pytest.param({"grid": changed(elevation=(("y", "x"), HIGH.astype(str), {"units": "m"}))}, "expected float", id="text"),
    pytest.param({"grid": changed(soil=(("y", "x"), HIGH))}, "grid soil: has unit", id="own without unit"),
    pytest.param({"grid": changed(soil=(("y", "x"), HIGH.astype(object), {"units": "1"}))}, "holds object", id="own object"),
    pytest.param({"grid": changed(**{"../x": (("y", "x"), HIGH, {"units": "1"})})}, "no usable name", id="own name"),
    pytest.param({"climate": climate().isel(time=[1, 0])}, "does not increase", id="disorder"),
    pytest.param({"climate": climate().isel(time=[0, 0])}, "does not increase", id="repeated hour"),
    pytest.param({"climate": climate().where(climate()["ghi"] > 0)}, "values are missing", id="gaps"),
    pytest.param({"climate": climate().assign_coords(time=np.arange(48))}, "expected time", id="no times"),
    pytest.param({"climate": units(climate(), "temperature", "K")}, "unit 'K'", id="kelvin"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "words"), BAD)
def test_bad_arrays_are_refused(given: dict[str, xr.Dataset], words: str) -> None:
    facts = {name: getattr(tiny(), name) for name in ("crs", "boundary", "model_area")}
    with pytest.raises(InputError, match=words):
        City.of({}, given, name="X", year=2024, country="DK", timezone="UTC", **facts)


def test_all_faults_of_all_arrays_are_reported_at_once() -> None:
    with pytest.raises(InputError) as caught:
        tiny().replace(
            grid=units(grid(CRS), "elevation", "ft"), climate=units(climate(), "ghi", "kWh")
        )
    assert [fault.place for fault in caught.value.faults] == ["grid elevation", "climate ghi"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(grid(CRS, height=np.nextafter(np.float32(20), np.float32(21))), id="last bit"),
        pytest.param(grid(CRS, cell=101.0), id="axis"),
        pytest.param(grid(CRS).astype("float64"), id="dtype"),
        pytest.param(grid(CRS).rename(elevation="surface"), id="name"),
        pytest.param(grid(CRS).assign_attrs(source="x"), id="attribute"),
        pytest.param(units(grid(CRS), "x", "km"), id="unit"),
    ],
)
def test_different_content_has_another_digest(other: xr.Dataset) -> None:
    assert arrays.digest(other) != arrays.digest(grid(CRS))


def test_digest_treats_missing_numbers_and_zeros_alike() -> None:
    odd_nan = np.array([0xFFF8_0000_0000_0001], dtype="uint64").view("float64")[0]
    first = xr.Dataset({"a": ("x", [np.nan, 0.0])})
    second = xr.Dataset({"a": ("x", [odd_nan, -0.0])})
    assert arrays.digest(first) == arrays.digest(second)


def test_every_number_of_a_contract_has_a_unit_and_axes_that_exist() -> None:
    for name in ARRAYS:
        variables = arrays.contract(name)
        axes = {each.name for each in variables.values() if each.coordinate}
        assert axes
        for each in variables.values():
            assert each.unit
            assert each.description
            assert set(each.dims) <= axes

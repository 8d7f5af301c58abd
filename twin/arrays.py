"""Arrays of a City: what each must hold, its digest, and a view that nobody can write into."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from layers import tables
from layers.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

ARRAYS: Final = ("grid", "climate")
"""Names of the arrays of a City."""

CRS: Final = "crs"
"""Attribute of a grid that names its coordinate system as ``EPSG:n``."""

UNITS: Final = "units"
"""Attribute of a variable that names its unit (CF conventions)."""

_KINDS: Final = {"float": "f", "time": "M"}
_NUMBERS: Final = "fiub"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_EVEN: Final = 1e-6
"""Largest unevenness of the cells of a grid, as a share of their size [1]."""


@dataclass(frozen=True)
class Variable:
    """Contract of one variable of an array; bounds as in `layers.schema.Column`."""

    name: str
    coordinate: bool
    dims: tuple[str, ...]
    dtype: str
    unit: str
    lower: float
    upper: float
    nullable: bool
    description: str


@cache
def contract(name: str) -> Mapping[str, Variable]:
    """Variables of one array by name (twin/data/arrays.csv)."""
    rows = tables.load("arrays", "twin.data")
    return {
        row["variable"]: Variable(
            name=row["variable"],
            coordinate=row["role"] == "coordinate",
            dims=tuple(row["dims"].split()),
            dtype=row["dtype"],
            unit=row["unit"],
            lower=float(row["lower"]),
            upper=float(row["upper"]),
            nullable=row["nullable"] == "yes",
            description=row["description"],
        )
        for row in rows[rows["array"] == name].to_dict("records")
    }


def faults(name: str, dataset: xr.Dataset, crs: str) -> list[Fault]:
    """Every way in which an array breaks its contract; an empty one is no array and has none.

    Variables that the contract does not name are allowed with the same dimensions and a unit.

    Parameters
    ----------
    name
        One of `ARRAYS`.
    dataset
        What was given.
    crs
        CRS of the City, in which a grid must lie.
    """
    if not dataset.variables:
        return []
    expected = contract(name)
    found = [
        Fault(f"{name} {each.name}", "is missing.", "Give the coordinate.")
        for each in expected.values()
        if each.coordinate and each.name not in dataset.coords
    ]
    for key, values in dataset.variables.items():
        variable = expected.get(str(key)) or _stray(expected, str(key), values)
        found += [Fault(f"{name} {key}", *fault) for fault in _faults(variable, values)]
    if not found:
        found += [Fault(f"{name} {axis}", *fault) for axis, fault in _axis_faults(dataset)]
    if name == "grid" and dataset.attrs.get(CRS) != crs:
        said = dataset.attrs.get(CRS, "none")
        found.append(Fault("grid", f"has CRS {said}, the City {crs}.", "Resample it."))
    return found


def _stray(expected: Mapping[str, Variable], name: str, values: xr.Variable) -> Variable:
    """Contract of a variable of the user's own: any number over the array's dimensions."""
    known = {dim for each in expected.values() for dim in each.dims}
    dims = tuple(str(dim) for dim in values.dims if dim in known)
    unit = str(values.attrs.get(UNITS, "")) if values.dims else ""
    return Variable(
        name=name,
        coordinate=False,
        dims=dims,
        dtype="number",
        unit=unit,
        lower=float("nan"),
        upper=float("nan"),
        nullable=True,
        description="",
    )


def _faults(variable: Variable, values: xr.Variable) -> Iterator[tuple[str, str]]:
    """Reasons and advices."""
    if not _NAME.fullmatch(variable.name):
        yield "is no usable name.", "Use a-z, 0-9 and _."
    if tuple(values.dims) != variable.dims:
        yield f"has dimensions {values.dims}, expected {variable.dims}.", "Transpose it."
    if values.dtype.kind not in _KINDS.get(variable.dtype, _NUMBERS):
        yield f"holds {values.dtype}, expected {variable.dtype}.", "Convert it."
        return
    unit = values.attrs.get(UNITS, "")
    if values.dtype.kind != "M" and values.dims and (not unit or unit != variable.unit):
        yield f"has unit {unit!r}, expected {variable.unit or 'some'!r}.", "Set attrs['units']."
    yield from _value_faults(variable, values.to_numpy())
    try:
        _plain(values.attrs)
    except (TypeError, ValueError):
        yield "has attributes that are no text or number.", "Drop them."


def _value_faults(variable: Variable, values: NDArray[Any]) -> Iterator[tuple[str, str]]:
    missing = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
    if missing.any() and not variable.nullable:
        yield f"{int(missing.sum())} values are missing.", "Fill them, or leave the variable out."
    if values.dtype.kind == "M" or missing.all():
        return
    lower, upper = np.nanmin(values), np.nanmax(values)
    if lower < variable.lower or upper > variable.upper or not np.isfinite([lower, upper]).all():
        bounds = f"{variable.lower:g} to {variable.upper:g} [{variable.unit}]"
        reason = f"reaches from {lower:g} to {upper:g}, outside {bounds}."
        yield reason, "Check the unit and the source."


def _axis_faults(dataset: xr.Dataset) -> Iterator[tuple[str, tuple[str, str]]]:
    """Axes must run one way, and those of a grid evenly: from west to east, north to south."""
    for axis in dataset.dims:
        values = dataset[axis].to_numpy()
        if values.dtype.kind == "M":
            if (np.diff(values) <= np.timedelta64(0, "ns")).any():
                yield str(axis), ("does not increase.", "Sort it and drop repeated times.")
            continue
        steps = np.diff(values) * (-1.0 if axis == "y" else 1.0)
        if len(steps) and (steps.min() <= 0 or np.ptp(steps) > _EVEN * steps.max()):
            yield str(axis), ("is not even, or runs the other way.", "Resample it.")


def standard(dataset: xr.Dataset) -> xr.Dataset:
    """Private copy in standard form: loaded, variables in alphabetical order, read-only."""
    whole = {str(key): _locked(values) for key, values in sorted(dataset.variables.items())}
    coords = {key: value for key, value in whole.items() if key in dataset.coords}
    data = {key: value for key, value in whole.items() if key not in coords}
    return xr.Dataset(data, coords, _plain(dataset.attrs))


def _locked(values: xr.Variable) -> xr.Variable:
    array = np.array(values.to_numpy(), copy=True, order="C")
    if array.dtype.kind == "M":
        array = array.astype("datetime64[ns]")
    array.setflags(write=False)
    return xr.Variable(values.dims, array, _plain(values.attrs))


def _plain(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    """Attributes as text, numbers and lists; raises TypeError or ValueError for others."""
    text = json.dumps(
        {str(key): value for key, value in attributes.items()},
        allow_nan=False,
        default=lambda value: value.tolist(),
    )
    found: dict[str, Any] = json.loads(text)
    return found


def empty(name: str) -> xr.Dataset:
    """Array that a City does not have: no variables and no coordinates."""
    if name not in ARRAYS:
        raise KeyError(name)
    return xr.Dataset()


def view(dataset: xr.Dataset) -> xr.Dataset:
    """Dataset of its own over the same numbers, which stay read-only."""
    coords = {name: (values.dims, values.to_numpy().copy(), dict(values.attrs))
              for name, values in dataset.coords.items()}  # fmt: skip
    data = {name: (values.dims, values.to_numpy().view(), dict(values.attrs))
            for name, values in dataset.data_vars.items()}  # fmt: skip
    return xr.Dataset(data, coords, dict(dataset.attrs))


def digest(dataset: xr.Dataset) -> str:
    """Digest of an array's content, equal for equal content in any process [32 hex digits]."""
    sums = hashlib.blake2b(digest_size=16)
    sums.update(_text(dataset.attrs.items()))
    for name, values in sorted(dataset.variables.items()):
        array = np.ascontiguousarray(values.to_numpy())
        if array.dtype.kind == "M":
            array = array.astype("datetime64[ns]").astype("int64")
        if array.dtype.kind == "f":
            array = np.where(np.isnan(array), array.dtype.type(np.nan), array + 0)
        head = (str(name), values.dims, array.dtype.str, array.shape, name in dataset.coords)
        sums.update(repr(head).encode() + _text(values.attrs.items()))
        sums.update(array.tobytes())
    return sums.hexdigest()


def _text(attributes: Iterable[tuple[Any, Any]]) -> bytes:
    return json.dumps(_plain(dict(attributes)), sort_keys=True).encode()

"""Catalog: the kinds of intervention there are, their fields, and how YAML becomes one.

A kind is a file in `twin.interventions`; it is found by its name and needs no registration.
"""

from __future__ import annotations

import inspect
import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Union, get_args

import pandas as pd
from pydantic import BaseModel, Field, ValidationError, create_model

from layers import tables
from layers.errors import Fault, InputError
from twin import expression, interventions
from twin.document import placed
from twin.grammar import columns, near
from twin.intervention import EARLIEST, LATEST, Intervention, Note, Slug
from twin.where import Frozen, Where, below

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from twin.document import Place

VERSION: Final = "scenario/1"
"""Version of scenario files that this release writes."""
SHOWN: Final = 60
"""Characters of a wrong value that an error repeats [1]."""


class Header(Frozen):
    """What a scenario file says besides its interventions."""

    version: Literal["scenario/1"] = Field(alias="schema", description="Version of the file")
    name: Slug = Field(description="Short name; small letters, digits, - _ .")
    title: Note = Field(default="", description="Title for readers")
    note: Note = Field(default="", description="Remark for readers")
    city: str | None = Field(default=None, description="Name of the City it was drawn for")
    seed: int = Field(
        default=0,
        ge=0,
        le=2**31,
        description="Seed of the random order in which objects are realised",
        json_schema_extra={"unit": "1"},
    )


@cache
def kinds() -> Mapping[str, type[Intervention]]:
    """Kinds of intervention by name, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(interventions.__path__))
    return {name: _kind(name) for name in names}


def _kind(name: str) -> type[Intervention]:
    module = import_module(f"{interventions.__name__}.{name}")
    own = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Intervention)
        and value.__module__ == module.__name__
    ]
    if len(own) != 1 or own[0].model_fields["kind"].default != name:
        raise TypeError(f"{module.__name__} must hold one Intervention with kind {name!r}.")
    return own[0]


def titles() -> dict[str, str]:
    """What each kind does, in one sentence."""
    return {name: (inspect.getdoc(kind) or "").partition("\n")[0] for name, kind in kinds().items()}


def table(named: tuple[str, ...] = ()) -> pd.DataFrame:
    """Fields of every kind, or of those named, one row each.

    Returns
    -------
    rows
        Columns kind, field, type, unit, required, default, description and common (whether all
        kinds have the field).

    Raises
    ------
    InputError
        If there is no kind of one of the names.
    """
    known = kinds()
    strange = [name for name in named if name not in known]
    if strange:
        faults = [Fault(name, "is no kind of change.", near(name, list(known))) for name in strange]
        raise InputError.of("catalog", faults)
    common = Intervention.model_fields
    return pd.DataFrame(
        [
            {"kind": name, **row, "common": row["field"].partition(".")[0] in common}
            for name in named or known
            for row in fields(known[name])
        ]
    )


def fields(model: type[BaseModel], prefix: str = "") -> list[dict[str, Any]]:
    """Fields of a model and of the models inside it, one row each."""
    rows: list[dict[str, Any]] = []
    for name, info in model.model_fields.items():
        inner = _model(info.annotation)
        shown = prefix + (info.alias or name)
        rows.append(_row(shown, info, "mapping" if inner else _type(info.annotation)))
        rows += fields(inner, f"{shown}.") if inner else []
    return rows


def _row(name: str, info: FieldInfo, kind: str) -> dict[str, Any]:
    extra = info.json_schema_extra
    # The default of `kind` serves Python; in a file the kind is what tells the entries apart.
    required = info.is_required() or name == "kind"
    return {
        "field": name,
        "type": kind,
        "unit": str(extra.get("unit", "")) if isinstance(extra, dict) else "",
        "required": required,
        "default": "" if required or info.default is None else str(info.default),
        "description": info.description or "",
    }


def _type(annotation: Any) -> str:
    """Type of a field in plain words; values to choose from are listed."""
    plain = {str: "text", int: "whole number", float: "number", bool: "true or false",
             type(None): ""}  # fmt: skip
    if annotation in plain:
        return plain[annotation]
    arguments = get_args(annotation)
    if not arguments:
        return str(annotation)
    if getattr(annotation, "__origin__", None) is Literal:
        return " | ".join(str(argument) for argument in arguments)
    if getattr(annotation, "__origin__", None) is tuple:
        return "list"
    if hasattr(annotation, "__metadata__"):
        return _type(arguments[0])
    return " | ".join(dict.fromkeys(filter(None, map(_type, arguments))))


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds, optional or not."""
    for part in (annotation, *get_args(annotation)):
        if inspect.isclass(part) and issubclass(part, BaseModel):
            return part
    return None


@cache
def schema() -> dict[str, Any]:
    """JSON schema (2020-12) of a scenario file, for editors that complete and check YAML."""
    union: Any = Annotated[Union[tuple(kinds().values())], Field(discriminator="kind")]  # noqa: UP007 - made at run time
    model: type[BaseModel] = create_model(
        "Scenario",
        __base__=Header,
        interventions=(tuple[union, ...], Field(min_length=1, description="What changes")),
    )
    found = model.model_json_schema(by_alias=True)
    for kind in kinds().values():
        found["$defs"][kind.__name__]["required"].insert(0, "kind")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def read(
    data: Any, at: Place, lines: Mapping[Place, int], folder: Path | None = None
) -> tuple[Intervention | None, list[Fault]]:
    """Make an intervention of one entry of a scenario file, or say everything wrong with it.

    Parameters
    ----------
    data
        The entry: a mapping with kind, id, where, start and the kind's own fields.
    at
        Path of the entry in the file.
    lines
        Lines by path.
    folder
        Folder of the file, where areas may lie.
    """
    if not isinstance(data, dict):
        advice = "Give kind, id, where and start."
        return None, [Fault(placed(at, lines), "is no intervention.", advice)]
    name = data.get("kind")
    if not isinstance(name, str) or name not in kinds():
        wrong = "has no kind." if name is None else f"unknown kind {_shown(name)}."
        place = placed((*at, "kind"), lines)
        # What all kinds share can still be checked, so that nothing hides behind the kind.
        _, others = checked(_Common, _common(data), at, lines, folder)
        return None, [Fault(place, wrong, near(str(name), list(kinds()))), *others]
    measure, faults = checked(kinds()[name], data, at, lines, folder)
    faults += _column_faults(data, at, lines, folder)
    return None if faults else measure, faults


def selection(data: Any, folder: Path | None = None) -> tuple[str, Where] | None:
    """Table and selection of an entry, as far as they can be read whatever else is wrong."""
    kind = kinds().get(str(data.get("kind"))) if isinstance(data, dict) else None
    if kind is None:
        return None
    where, _ = checked(Where, data.get("where"), (), {}, folder)
    return None if where is None else (kind.table, where)


def _column_faults(
    data: Any, at: Place, lines: Mapping[Place, int], folder: Path | None
) -> Iterable[Fault]:
    """Compare the types of the columns that every City has; others wait for the City."""
    found, order = selection(data, folder), data.get("order")
    frame = _contract(kinds()[data["kind"]].table)
    texts = [
        (("where", "expression"), found[1].expression if found else None, expression.evaluate),
        (("order",), order if isinstance(order, str) else None, expression.numbers),
    ]
    for path, text, compute in texts:
        try:
            if text is not None and set(columns(text)) <= set(frame.columns):
                compute(text, frame)
        except InputError as error:
            place = placed((*at, *path), lines)
            yield from (Fault(place, *below(fault)) for fault in error.faults)


@cache
def _contract(name: str) -> pd.DataFrame:
    """An empty frame with the columns that the table has in every City, shapes left out."""
    # Not through `twin.city`: that loads geopandas, and a list of kinds should be there at once.
    dtypes = {
        column.name: column.dtype
        for package in ("layers.data", "twin.data")
        if name in tables.schemas(package)
        for column in tables.schema(name, package).columns
        if column.dtype != "geometry"
    }
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in dtypes.items()})


class _Common(Frozen):
    """The fields that every kind has, for entries of unknown kind."""

    id: Slug
    where: Where
    start: int = Field(ge=EARLIEST, le=LATEST)


def _common(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key in _Common.model_fields}


def write(intervention: Intervention) -> dict[str, Any]:
    """Entry of a scenario file that `read` makes the same intervention of."""
    data = intervention.model_dump(mode="json", exclude_defaults=True)
    return {"kind": intervention.kind, **data}


def checked(
    model: type[Any],
    data: Any,
    at: Place,
    lines: Mapping[Place, int],
    folder: Path | None = None,
) -> tuple[Any, list[Fault]]:
    """Validate data with a pydantic model; every fault has its path and line."""
    try:
        return model.model_validate(data, context={"folder": folder}), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, list(_faults(details, model, at, lines))


def _faults(
    details: Iterable[ErrorDetails], model: type[BaseModel], at: Place, lines: Mapping[Place, int]
) -> Iterable[Fault]:
    merged: dict[Place, list[tuple[ErrorDetails, type[BaseModel]]]] = {}
    for detail in details:
        path, inner = _path(detail["loc"], model, keep_last=detail["type"] == "extra_forbidden")
        if detail["type"] == "faults":
            context = detail["ctx"]
            place = placed((*at, *path, *context["at"]), lines)
            yield from (Fault(place, one.reason, one.advice) for one in context["faults"])
        else:
            merged.setdefault(path, []).append((detail, inner))
    for path, several in merged.items():
        said = [_said(detail, inner) for detail, inner in several]
        # A field that may hold this or that fails once for each.
        reason = " or ".join(dict.fromkeys(one[0] for one in said))
        if several[0][0]["type"] not in {"missing", "extra_forbidden"}:
            reason += f", not {_shown(several[0][0]['input'])}"
        advice = next((one[1] for one in said if one[1]), "")
        yield Fault(placed((*at, *path), lines), f"{reason}.", advice)


def _path(
    location: tuple[int | str, ...], model: type[BaseModel], *, keep_last: bool
) -> tuple[Place, type[BaseModel]]:
    """The path as it stands in the file: pydantic's own marks left out."""
    path: list[int | str] = []
    for number, part in enumerate(location):
        last = keep_last and number == len(location) - 1
        names = {info.alias or name: info for name, info in model.model_fields.items()}
        if isinstance(part, int) or last:
            path.append(part)
        elif part in names:
            path.append(part)
            model = _model(names[part].annotation) or model
    return tuple(path), model


def _said(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """Reason and advice for one of pydantic's errors, in plain words."""
    kind, context, last = detail["type"], detail.get("ctx", {}), str((detail["loc"] or [""])[-1])
    if kind == "missing":
        info = model.model_fields.get(last)
        return "is missing", f"{info.description}." if info and info.description else ""
    if kind == "extra_forbidden":
        return "unknown field", near(last, [i.alias or n for n, i in model.model_fields.items()])
    if kind == "literal_error":
        expected = str(context["expected"])
        meant = near(str(detail["input"]), expected.replace("'", "").split(" or "))
        return f"must be {expected}", meant if meant.startswith("Did") else ""
    reason, advice = _WANTED.get(kind, (detail["msg"].replace("{", "("), ""))
    return reason.format(**context), advice


_WANTED: Final[Mapping[str, tuple[str, str]]] = {
    "int_type": ("must be a whole number", ""),
    "float_type": ("must be a number", "Write it without quotes and without a unit."),
    "string_type": ("must be text", "Put it in quotes."),
    "bool_type": ("must be true or false", ""),
    "tuple_type": ("must be a list", "As in: [a, b]."),
    "model_type": ("must be a mapping", 'As in: expression: "year < 1980".'),
    "finite_number": ("must be a finite number", ""),
    "greater_than": ("must be more than {gt}", ""),
    "greater_than_equal": ("must be at least {ge}", ""),
    "less_than": ("must be less than {lt}", ""),
    "less_than_equal": ("must be at most {le}", ""),
    "string_pattern_mismatch": (
        "must be a short name",
        "Use small letters, digits, - _ . and begin with a letter or digit.",
    ),
    "string_too_long": ("must have at most {max_length} characters", ""),
    "too_short": ("must not be empty", ""),
}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."

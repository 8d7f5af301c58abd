"""Where: which objects an intervention is about, by text, by place or by name."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import pyproj
import shapely
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from layers.errors import Fault, InputError
from twin import area, expression, grammar
from twin.errors import ScenarioError
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import geopandas as gpd
    from numpy.typing import NDArray
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

    Flags: TypeAlias = NDArray[np.bool_]

MAX_IDS = 100_000
"""Ids that one selection may list [1]."""
REACH = 1_000.0
"""Farthest that a selection may reach from a drawn line [m]."""
SHOWN = 5
"""Ids that an error repeats [1]."""
SIMILAR = 2_000
"""Ids that are searched for near matches [1]."""
WIDTH = 60
"""Characters of an id that an error repeats [1]."""
HALF = 0.5
"""Share of a street's length that must lie along a drawn line [1]."""


def refused(faults: Iterable[Fault], *at: str) -> PydanticCustomError:
    """A validation error that carries faults, to be raised inside a pydantic validator.

    Parameters
    ----------
    faults
        What is wrong.
    *at
        Path of the field below the model that raises, if the model finds it in a field.
    """
    found = tuple(faults)
    text = "; ".join(str(fault) for fault in found).replace("{", "(").replace("}", ")")
    # Only `ctx` is read again (by `catalog.checked`); the text serves whoever prints the raw error.
    return PydanticCustomError("faults", text, {"faults": found, "at": at})


class Frozen(BaseModel):
    """Base of everything read from a scenario: typed strictly, closed, never changed."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True
    )


@contextmanager
def _refusing() -> Iterator[None]:
    """Hand faults of a reader on to pydantic."""
    try:
        yield
    except InputError as error:
        raise refused(error.faults) from None


def _areas(value: Any, info: ValidationInfo) -> Any:
    with _refusing():
        return area.normalised(value, (info.context or {}).get("folder"))


def _line(value: Any) -> Any:
    with _refusing():
        return area.line(value)


def _parsed(text: str) -> str:
    with _refusing():
        grammar.parse(text)
    return text


Expression = Annotated[str, AfterValidator(_parsed)]
"""Text that the grammar of selections allows; its columns are checked against a City later."""
Areas = Annotated[
    area.Areas,
    Field(strict=False),
    BeforeValidator(_areas),
    WithJsonSchema(
        {
            "description": "Ring of [longitude, latitude], GeoJSON Polygon or MultiPolygon, or "
            "the name of a .geojson file beside the scenario",
            "anyOf": [{"type": "array"}, {"type": "object"}, {"type": "string"}],
        }
    ),
]
Ids = Annotated[tuple[str, ...], Field(strict=False, min_length=1, max_length=MAX_IDS)]
Line = Annotated[
    area.Line,
    Field(strict=False),
    BeforeValidator(_line),
    WithJsonSchema({"anyOf": [{"type": "array"}, {"type": "object"}]}),
]


class Drawn(Frozen):
    """A point or line drawn on the map, and how far from it objects still count.

    A street counts if at least half its length lies within the distance of the line (so that
    cross streets do not); everything else if it comes within the distance.
    """

    line: Line = Field(
        description="One or more [longitude, latitude], or a GeoJSON Point or LineString",
        json_schema_extra={"unit": "deg"},
    )
    within: float = Field(
        gt=0, le=REACH, description="Distance from what was drawn", json_schema_extra={"unit": "m"}
    )

    def mask(self, geometry: NDArray[np.object_], crs: str) -> Flags:
        """Objects along what was drawn.

        Parameters
        ----------
        geometry : (objects,)
            Shapes in the metric CRS [m].
        crs
            That CRS, as ``EPSG:n``.
        """
        drawn = shapely.LineString(self.line) if len(self.line) > 1 else shapely.Point(self.line[0])
        drawn = _projected(drawn, crs)
        near = np.asarray(shapely.dwithin(geometry, drawn, self.within))
        if drawn.geom_type == "Point":
            return near
        lines = near & (shapely.get_type_id(geometry) == shapely.GeometryType.LINESTRING)
        along = shapely.length(shapely.intersection(geometry[lines], drawn.buffer(self.within)))
        near[lines] = along >= HALF * shapely.length(geometry[lines])
        return near


class Where(Frozen):
    """Which objects: all selectors that are given must hold; at least one must be given.

    An object lies in a polygon if the middle of its line, or a point inside its outline, does.
    Only standing objects inside the boundary are selected, unless `area` says ``model``.
    """

    everything: bool = Field(default=False, description="All objects; written 'where: all'")
    expression: Expression | None = Field(
        default=None, description="Condition on the table's columns, as: year < 1980"
    )
    polygon: Areas | None = Field(
        default=None, description="Area in EPSG:4326", json_schema_extra={"unit": "deg"}
    )
    drawn: Drawn | None = Field(default=None, description="Along a line drawn on the map")
    ids: Ids | None = Field(default=None, description="Ids of objects")
    area: Literal["boundary", "model"] = Field(
        default="boundary",
        description="Inside the boundary only, or in the whole model area round it",
    )

    @model_validator(mode="before")
    @classmethod
    def _all(cls, value: Any) -> Any:
        if isinstance(value, str):
            if value != "all":
                advice = "Write 'where: all' or a selector, as: expression: \"year < 1980\"."
                raise refused([Fault("", f"{value[:80]!r} is no selection.", advice)])
            return {"everything": True}
        return value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """A mapping of selectors, or the word all."""
        found = handler(core)
        selectors = handler.resolve_ref_schema(found)
        mapping = {"minProperties": 1, **selectors}
        selectors.clear()
        selectors |= {"anyOf": [{"const": "all"}, mapping]}
        return found

    @model_validator(mode="after")
    def _selects(self) -> Where:
        if not (self.everything or self.expression or self.polygon or self.drawn or self.ids):
            advice = "Give expression, polygon, drawn or ids, or write 'where: all'."
            raise refused([Fault("", "names no objects.", advice)])
        return self

    @model_serializer(mode="wrap")
    def _short(self, handler: Callable[[Where], dict[str, Any]]) -> Any:
        full = {key: value for key, value in handler(self).items() if value not in (None, False)}
        if full.get("area") == "boundary":
            del full["area"]
        return "all" if full == {"everything": True} else full

    def select(self, frame: gpd.GeoDataFrame, crs: str) -> pd.Index:
        """Ids of the objects that every selector names, in the order of the table.

        Parameters
        ----------
        frame : (objects, columns)
            A table of the City.
        crs
            Its metric CRS, as ``EPSG:n``.

        Raises
        ------
        ScenarioError
            If a selector does not fit the table (all such faults at once), or if nothing is
            left: the message names the selector that left nothing.
        """
        masks, faults = {}, []
        for name, mask in self._selectors(frame, crs):
            try:
                masks[name] = mask()
            except InputError as error:
                faults += [Fault(f"where.{name}", *below(fault)) for fault in error.faults]
        if faults:
            raise ScenarioError.of("selection", faults)
        return frame.index[self._joint(frame, masks)]

    def _selectors(
        self, frame: gpd.GeoDataFrame, crs: str
    ) -> Iterable[tuple[str, Callable[[], Flags]]]:
        if "state" in frame.columns:
            yield "state", lambda: standing(frame).to_numpy()
        if self.area == "boundary" and "inside" in frame.columns:
            yield "area", lambda: frame["inside"].to_numpy(dtype=bool)
        text, polygon, drawn, ids = self.expression, self.polygon, self.drawn, self.ids
        if text is not None:
            yield "expression", lambda: expression.evaluate(text, frame).to_numpy()
        if polygon is not None:
            yield "polygon", lambda: _inside(polygon, _shapes(frame), crs)
        if drawn is not None:
            yield "drawn", lambda: drawn.mask(_shapes(frame), crs)
        if ids is not None:
            yield "ids", lambda: _named(ids, frame.index)

    def _joint(self, frame: gpd.GeoDataFrame, masks: dict[str, Flags]) -> Flags:
        kept = np.ones(len(frame), dtype=bool)
        for name, mask in masks.items():
            before = int(kept.sum())
            kept = kept & mask
            if not kept.any():
                reason = f"selects none of the {before} objects that are left."
                raise ScenarioError("selection", f"where.{name}", reason, self._advice(name, frame))
        return kept

    def _advice(self, name: str, frame: gpd.GeoDataFrame) -> str:
        advice = {
            "state": "The table is empty.",
            "area": "Nothing lies inside the boundary; 'area: model' looks beyond it.",
            "polygon": "Coordinates are [longitude, latitude]; look at it on a map.",
            "drawn": "Coordinates are [longitude, latitude]; widen 'within'.",
            "ids": "These objects are removed, outside the boundary or not in the rest of 'where'.",
        }
        if name != "expression" or self.expression is None:
            return advice[name]
        return " ".join(expression.hints(self.expression, frame)) or "Loosen the condition."


def below(fault: Fault) -> tuple[str, str]:
    """Reason, with the place inside the expression before it, and advice of a fault."""
    return f"{fault.place}: {fault.reason}".removeprefix(": "), fault.advice


def _shapes(frame: gpd.GeoDataFrame) -> NDArray[np.object_]:
    if "geometry" not in frame.columns:
        raise InputError("selection", "", "This table has no place on the map.",
                         "Select by expression or ids.")  # fmt: skip
    return np.asarray(frame["geometry"].array, dtype=object)


def _projected(shape: Any, crs: str) -> Any:
    transform = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform
    return shapely.transform(shape, transform, interleaved=False)


def _inside(polygon: area.Areas, geometry: NDArray[np.object_], crs: str) -> Flags:
    shape = _projected(area.shape(polygon), crs)
    shapely.prepare(shape)
    inside = np.asarray(shapely.intersects(shape, geometry))
    inside[inside] = shapely.intersects(shape, area.middles(geometry[inside]))
    return inside


def members(index: pd.Index, chosen: pd.Index) -> Flags:
    """Which labels of an index are among others; `Index.isin` takes ten times as long on text."""
    at = index.get_indexer(chosen)
    found = np.zeros(len(index), dtype=bool)
    found[at[at >= 0]] = True
    return found


def _named(ids: tuple[str, ...], index: pd.Index) -> Flags:
    names = index if isinstance(index.dtype, pd.StringDtype) else index.astype("str")
    chosen = pd.Index(ids, dtype="str")
    unknown = list(chosen[names.get_indexer(chosen) < 0])
    if unknown:
        known = [str(name) for name in names if str(name)[:3] == unknown[0][:3]][:SIMILAR]
        more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        near = grammar.near(unknown[0], known) if known else ""
        said = ", ".join(repr(name[:WIDTH]) for name in unknown[:SHOWN])
        raise InputError("selection", "", f"There is no {said}{more}.", near)
    return members(names, chosen)

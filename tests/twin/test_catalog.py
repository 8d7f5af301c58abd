from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, get_args

import pytest
from jsonschema import (  # type: ignore[import-untyped]  # comes with nbclient, without types
    Draft202012Validator,
)
from pydantic import BaseModel

from twin import catalog
from twin.where import Drawn, Where

NUMBERS = {int, float}


def test_kinds_are_found_by_file_name() -> None:
    assert {"close_street", "retrofit", "speed_limit"} <= set(catalog.kinds())
    assert list(catalog.kinds()) == sorted(catalog.kinds())
    for name, kind in catalog.kinds().items():
        assert kind.__module__ == f"twin.interventions.{name}"
        assert catalog.titles()[name].endswith(".")


def holds_number(annotation: Any) -> bool:
    if annotation in NUMBERS:
        return True
    return any(holds_number(part) for part in get_args(annotation))


MODELS = [catalog.Header, Where, Drawn, *catalog.kinds().values()]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_number_has_a_unit_and_every_field_a_description(model: type[BaseModel]) -> None:
    for name, info in model.model_fields.items():
        assert info.description or name == "kind", name
        if holds_number(info.annotation):
            extra = info.json_schema_extra
            assert isinstance(extra, dict), name
            assert extra.get("unit"), name


def test_a_number_without_unit_would_be_seen() -> None:
    class Careless(BaseModel):
        width: float | None = None

    assert holds_number(Careless.model_fields["width"].annotation)


def test_the_table_lists_own_and_common_fields() -> None:
    rows = catalog.table().set_index(["kind", "field"])
    speed = rows.loc[("speed_limit", "speed_kph")]
    assert (speed["unit"], speed["type"], speed["required"]) == ("km/h", "number", True)
    assert not speed["common"]
    assert rows.loc[("retrofit", "package"), "type"] == "usual | advanced"
    assert rows.loc[("retrofit", "where.drawn.within"), "unit"] == "m"
    assert rows.loc[("retrofit", "start"), "common"]
    assert rows.loc[("retrofit", "where.ids"), "common"]
    assert rows.loc[("retrofit", "where"), "required"]
    assert rows.loc[("retrofit", "kind"), "required"]
    assert not rows.loc[("retrofit", "where.drawn"), "required"]
    assert rows.loc[("close_street", "direction"), "default"] == "both"


def test_the_schema_describes_a_scenario_file() -> None:
    schema = catalog.schema()
    assert json.loads(json.dumps(schema, allow_nan=False)) == schema
    assert {"schema", "name", "interventions"} <= set(schema["required"])
    assert schema["additionalProperties"] is False
    entries = schema["properties"]["interventions"]["items"]["discriminator"]["mapping"]
    assert set(entries) == set(catalog.kinds())
    for kind in catalog.kinds().values():
        found = schema["$defs"][kind.__name__]
        assert found["required"][0] == "kind"
        assert found["additionalProperties"] is False
    where = schema["$defs"]["Where"]
    assert {"const": "all"} in where["anyOf"]


WRONG: list[dict[str, Any]] = [
    {"start": 1889},
    {"where": {}},
    {"where": "some"},
    {"where": {"id": ["a"]}},
    {"pace": 2},
    {"new": 1},
    {"kind": "none"},
    {"id": "../x"},
]


def entry(name: str, **changes: Any) -> dict[str, Any]:
    example = dict(catalog.kinds()[name].examples[0]) | changes
    return {"schema": "scenario/1", "name": "a", "interventions": [example]}


@pytest.mark.parametrize("name", catalog.kinds())
def test_the_schema_accepts_the_examples_and_refuses_what_reading_refuses(name: str) -> None:
    validator = Draft202012Validator(catalog.schema())
    Draft202012Validator.check_schema(catalog.schema())
    assert validator.is_valid(entry(name))
    assert validator.is_valid(entry(name, where="all"))
    for wrong in WRONG:
        assert not validator.is_valid(entry(name, **wrong)), wrong


def test_importing_the_catalog_leaves_geopandas_alone() -> None:
    code = "import sys, twin.catalog as c; c.table(); c.schema(); print('geopandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

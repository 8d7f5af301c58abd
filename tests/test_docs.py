"""What the README says is true of the code: commands, kinds of interventions, snippets, links."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.twin.cities import tiny
from twin import catalog, columns, scenario
from twin.city import TABLES, schema
from twin.cli import cli

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


def test_every_command_named_is_a_command_and_every_command_is_named() -> None:
    shell = "\n".join(blocks("sh"))
    used = set(re.findall(r"(?:^|\bbin/|&& )twin ([a-z]+)", shell, flags=re.MULTILINE))
    assert used <= set(cli.commands)
    assert set(re.findall(r"^\| `twin ([a-z]+)` \|", TEXT, flags=re.MULTILINE)) == set(cli.commands)


def test_every_kind_of_intervention_is_described() -> None:
    assert set(re.findall(r"^\| `([a-z_]+)` \|", TEXT, flags=re.MULTILINE)) == set(catalog.kinds())


def test_the_plan_in_the_readme_fits_a_city() -> None:
    plans = [scenario.parse(text, tiny()) for text in blocks("yaml")]
    assert [plan.name for plan in plans] == ["calm-and-warm"]


@pytest.mark.parametrize("code", blocks("python"))
def test_python_in_the_readme_compiles(code: str) -> None:
    compile(code, "README.md", "exec")


def test_every_file_named_is_there() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", TEXT)
    named = re.findall(r"`((?:twin|layers|examples|notebooks|tests)/[\w./]+\.\w+)`", TEXT)
    assert [name for name in linked + named if not (ROOT / name).exists()] == []


def test_every_column_of_every_table_is_described() -> None:
    for name in TABLES:
        assert all(column.description for column in schema(name).columns), name
    assert all(row.description for row in columns.catalogue().values())


def test_the_longer_fuzz_run_is_there_and_is_longer() -> None:
    (line,) = (line for line in TEXT.splitlines() if "--hypothesis-profile" in line)
    *_, profile = line.split()
    test = "tests/layers/sensors/test_clock.py::test_local_times_are_those_of_the_standard_library"
    shown = subprocess.run(
        [sys.executable, "-m", "pytest", test, profile, "--hypothesis-show-statistics"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stdout
    assert "Stopped because settings.max_examples=2000" in shown.stdout

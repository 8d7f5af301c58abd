"""The installation: conda and pip say the same, and the wheel works away from the checkout."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from layers import __version__ as layers_version
from twin import __version__ as twin_version

ROOT = Path(__file__).parents[1]
CONDA_NAMES = {"osmium": "pyosmium", "tzdata": "python-tzdata"}
PART_OF = {
    "branca": "folium",
    "markupsafe": "jinja2",
    "pydantic-core": "pydantic",
    "requests": "osmnx",
    "starlette": "fastapi",
}
"""Libraries that are part of the public interface of one that is named."""
NOT_IMPORTED = {
    "django-js-lib-leaflet": "read as a package resource",
    "fontpkg-source-sans-3": "read as a package resource",
    "tzdata": "read as a package resource",
}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirement(text: str) -> tuple[str, str]:
    found = re.match(r"([A-Za-z0-9_.-]+)(.*)", text)
    assert found
    return found[1], found[2].strip()


def test_conda_environment_equals_pyproject() -> None:
    wanted = project()["project"]
    asked = dict(map(requirement, wanted["dependencies"] + wanted["optional-dependencies"]["demo"]))
    asked = {CONDA_NAMES.get(name, name): spec for name, spec in asked.items()}
    environment = YAML(typ="safe").load(ROOT / "environment.yml")
    plain = [row for row in environment["dependencies"] if isinstance(row, str)]
    by_pip = next(row["pip"] for row in environment["dependencies"] if isinstance(row, dict))
    given = dict(map(requirement, plain + by_pip[:-1]))
    python = given.pop("python")
    given.pop("pip")
    assert python == wanted["requires-python"]
    assert by_pip[-1] == "."
    assert given == asked


def imported(*tops: str) -> set[str]:
    """Distributions that the code below these folders imports, by PyPI name."""
    files = [path for top in tops for path in (ROOT / top).rglob("*.py")]
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    known = packages_distributions()
    names = {name for module in modules for name in known.get(module.split(".", 1)[0], ())}
    normal = {re.sub(r"[-_.]+", "-", name).lower() for name in names}
    return {PART_OF.get(name, name) for name in normal} - {"netzero-twin"}


def test_every_library_that_is_imported_is_named_and_none_besides() -> None:
    wanted = project()["project"]
    base = {requirement(text)[0].replace(".", "-") for text in wanted["dependencies"]}
    extra = {requirement(text)[0] for text in wanted["optional-dependencies"]["test"]}
    extras = (wanted["optional-dependencies"][name] for name in ("mqtt", "omx", "studio"))
    optional = {requirement(text)[0] for texts in extras for text in texts}
    assert imported("layers", "twin") == (base | optional) - set(NOT_IMPORTED)
    assert imported("tests", "examples") <= base | optional | extra


def test_one_version_everywhere() -> None:
    version = project()["project"]["version"]
    assert version == twin_version == layers_version
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_package_folder_is_listed() -> None:
    listed = set(project()["tool"]["setuptools"]["packages"])
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for top in ("layers", "twin")
        for path in (ROOT / top).rglob("__init__.py")
    }
    assert found == listed


def test_no_path_of_a_machine_stands_in_the_project() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\n")
    texts = [name for name in listed if name.endswith((".py", ".md", ".toml", ".yml", ".yaml"))]
    private = re.compile(r"/(?:work|root|home/[a-z]+|tmp/w)/")
    assert [n for n in texts if private.search((ROOT / n).read_text(encoding="utf-8"))] == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return next(folder.glob("netzero_twin-*.whl"))


def test_the_wheel_carries_every_table_and_script(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    data = {
        path.relative_to(ROOT).as_posix()
        for top in ("layers/data", "twin/data", "twin/maps/static", "twin/studio/static")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert data <= inside
    assert not [name for name in inside if name.startswith(("tests/", "examples/"))]


def test_the_wheel_runs_the_demo_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(site)]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    environment = os.environ | {"PYTHONPATH": str(site), "HOME": str(tmp_path)}
    code = "import twin; print(twin.__file__); from twin.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "demo"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert str(site) in ran.stdout.splitlines()[0]
    page = tmp_path / ran.stdout.splitlines()[-1]
    assert page.suffix == ".html"
    assert page.stat().st_size > 100_000

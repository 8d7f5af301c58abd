"""Reports in the reader's language: every fixed English text of theirs has its row in phrases.csv."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from layers import tables
from tests.twin.cities import tiny
from twin import (
    impact,
    languages,
    quality,
    quality_report,
    reports,
    retrofit_tables,
    section,
    sentences,
    simulate,
    solar,
    workbook,
)
from twin.section import Section, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OTHERS = [language for language in languages.LANGUAGES if language != "en"]
SPOKEN: Final = frozenset({"head", "text", "said", "told", "title", "points", "rule", "warning"})
"""Names to which the makers of sections give their texts."""
CODES: Final = re.compile(
    r"[A-Z]\d{0,4}(, [A-Z]\d{0,4})+|EPSG:\d+|[A-Z][a-z]+/[A-Za-z_/]+|[a-z-]+ \d{4}"
)
"""Texts without a word: energy classes, systems of coordinates, time zones, names of scenarios."""


def lacking(texts: Iterable[str]) -> list[str]:
    """A line for each text that some language lacks, which says what to write where."""
    found = dict.fromkeys(text.strip() for text in texts)
    return [
        f'add to twin/data/phrases.csv: "{text}","{text}",<da>,<de>,<es>,<fi>'
        for text in found
        if text and not CODES.fullmatch(text)
        and any(sentences.say(text, one)[1] != one for one in OTHERS)
    ]  # fmt: skip


def texts_of(sections: Iterable[Section]) -> Iterator[str]:
    """All texts of sections but names."""
    for one in sections:
        yield from (one.title, one.text, *one.points)
        for title, points in one.groups:
            yield from (title, *points)
        if one.rows:
            yield from one.head
        heads = one.head or ("",) * max(map(len, one.rows), default=0)
        for row in one.rows:
            yield from (
                cell for head, cell in zip(heads, row, strict=True) if head not in sentences.NAMES
            )


# ---------------------------------------------------------------- what stands in the source


def written(node: ast.AST) -> Iterator[str]:
    """Fixed texts of an expression; a seven stands for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = node.values  # noqa: PD011 - a syntax tree, no frame
        yield "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in parts)
    elif isinstance(node, ast.Tuple | ast.List):
        for part in node.elts:
            yield from written(part)
    elif isinstance(node, ast.IfExp):
        yield from (*written(node.body), *written(node.orelse))


def texts_in(path: Path) -> Iterator[str]:
    """Fixed texts that a module gives to sections."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "Section":
                for given in (*node.args, *(one.value for one in node.keywords)):
                    yield from written(given)
        elif isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id in SPOKEN for one in node.targets
        ):
            yield from written(node.value)


def makers() -> list[Path]:
    """Modules that make sections."""
    root = Path(str(resources.files("twin")))
    mine = [path for path in sorted(root.glob("*.py")) if "Section(" in path.read_text("utf-8")]
    return [path for path in mine if path.name != "section.py"]


@pytest.mark.parametrize("path", makers(), ids=lambda path: path.stem)
def test_every_text_that_stands_in_a_report_has_its_row(path: Path) -> None:
    wanted = [text for text in texts_in(path) if len(re.findall("[A-Za-z]", text)) > 1]
    found = lacking(text for text in wanted if not re.search("[{}$]|: 7$|^7: 7$", text))
    assert not found, "\n".join(found)


def test_every_title_and_word_of_the_tables_has_its_row() -> None:
    columns = {"checks": ("title", "unit"), "quality_figures": ("title", "unit"), "people": ("title",),
               "impact": ("title",), "disruption": ("stay", "what"), "consents": ("consent",),
               "limit_topics": ("title",)}  # fmt: skip
    texts = [
        str(text) for name, heads in columns.items() for head in heads
        for text in tables.load(name, "twin.data")[head].dropna() if str(text) != "1"
    ]  # fmt: skip
    texts += [*retrofit_tables.HEADS.values(), *solar.HEADS.values()]
    found = lacking(texts)
    assert not found, "\n".join(found)


# ---------------------------------------------------------------- what the reports of a town say


def test_all_that_the_reports_of_a_town_say_is_known() -> None:
    city = tiny()
    result = simulate.run(city)
    after = replace(result, record={**result.record, "year": result.record["year"] + 1})
    said = [
        *reports.run_sections(result),
        reports.comparison_section(result, after),
        impact.change_section(result, after),
        impact.sides_section(city, result, after),
        impact.districts_section(city, result, after),
        *quality_report.sections(quality.check(city, hide=True)),
    ]
    found = lacking(texts_of(said))
    assert not found, "\n".join(found)


# ---------------------------------------------------------------- pages and workbooks


def test_a_page_says_which_language_each_text_is_in(tmp_path: Path) -> None:
    made = Section(
        "By sector",
        text="A sentence that nobody translated.",
        head=("Street", "Value"),
        rows=(("none", "1,234.5 kWh/a"), ("New <b>", "assumed")),
        points=("Nothing stands out.",),
        groups=(("Car traffic", ("hot water",)),),
    )
    page = section.write([made], tmp_path / "a.html", "Quality of X", "© A", "de").read_text(
        "utf-8"
    )
    assert '<html lang="de">' in page
    assert "<h1>Datenqualität: X</h1>" in page
    assert "<h2>Nach Sektor</h2>" in page
    assert '<p lang="en">A sentence that nobody translated.</p>' in page
    assert '<th scope="row">none</th><td class="figure">1.234,5\u00a0kWh/Jahr</td>' in page
    assert '<th scope="row">New &lt;b&gt;</th><td>angenommen</td>' in page
    assert "<h3>Autoverkehr</h3>" in page
    assert '<footer lang="en">© A</footer>' in page
    assert spoken([made], "en") == [made]


def test_a_workbook_speaks_and_its_csv_stays_for_machines(tmp_path: Path) -> None:
    table = pd.DataFrame({
        "street": ["none", "=cmd|x"], "cost [EUR]": [1234.5, 2.0], "evidence": ["assumed", "+1"],
    })  # fmt: skip
    book, text = workbook.write({"houses": table}, tmp_path / "a.xlsx", "fi")
    (sheet,) = CalamineWorkbook.from_path(book).sheet_names
    assert sheet == "talot"
    head, first, second = CalamineWorkbook.from_path(book).get_sheet_by_name(sheet).to_python()
    assert head == ["katu", "kustannus [€]", "peruste"]
    assert first == ["none", 1234.5, "oletettu"]
    assert second == ["=cmd|x", 2.0, "+1"]
    assert text.read_text("utf-8-sig").startswith(
        "street,cost [EUR],evidence\nnone,1234.5,assumed\n"
    )


def test_heads_that_fall_together_lose_no_column() -> None:
    table = pd.DataFrame([[1, 2]], columns=["change", "Change"])
    told = workbook.spoken({"a": table.rename(columns={"Change": "change "})}, "da")["a"]
    assert told.shape == (1, 2)
    assert told.iloc[0].tolist() == [1, 2]

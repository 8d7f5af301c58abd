"""The brief of a decision: two A4 pages as PDF and HTML, slides, and a workbook with every row.

Pages and slides are typeset by Typst from one set of plain values; no text of a plan or a map is
ever read as markup, and no file but the templates and the maps can be reached.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from twin import brief_map, brief_tables, brief_text, folder, workbook
from twin.maps import print_map
from twin.speech import Speech

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from twin.brief_choice import Choice
    from twin.brief_map import Maps

TEMPLATES: Final = ("brief_common.typ", "brief.typ", "brief_slides.typ")
FONT: Final = "fontpkg_source_sans_3"
"""Package that holds the type of the brief (OFL 1.1)."""
FAMILIES: Final = ("Source Sans 3", "DejaVu Sans")
"""The type, and the one that has the letters which it lacks."""
SLIDE_DOTS: Final = 144.0
"""Dots per inch of slides of 960 by 540 points: 1920 by 1080 dots."""
PAGE_MAP, HALF_MAP = (7.0, 3.9), (3.45, 2.35)
"""Width and least height of a map alone and of one of several on paper [inch]."""
TALL, HALF_TALL = 5.6, 3.0
"""Height that they may grow to [inch]."""
SLIDE_HIGH: Final = 5.2
"""Height of a map alone on a slide [inch]."""
SLIDE_LEAST, SLIDE_MOST = 4.4, 8.0
"""Least and greatest width of such a map [inch]."""
SLIDE_WIDE, SLIDE_LOW = 11.6, 4.6
"""Width of all maps of a slide together, and their height [inch]."""


def write(
    choice: Choice, place: Path, *, language: str = "en", made: date, column: str = ""
) -> list[Path]:
    """Write all parts of a brief.

    Parameters
    ----------
    choice
        What it is about.
    place
        Folder; made where it is missing.
    language
        One of `twin.columns.LANGUAGES`.
    made
        Day that stands on it.
    column
        ``table.column`` that the map shows; by default what changes most plainly.

    Returns
    -------
    list of pathlib.Path
        Files: PDF, HTML, slides as PDF and PNG, workbook, a CSV of each of its sheets.
    """
    say = Speech(language)
    maps = brief_map.choose(choice, column)
    held = brief_text.content(choice, say, made) | brief_map.content(maps, choice, say)
    held["pages"] = [say.word("brief_page", n=number) for number in (1, 2)]
    drawn = _drawn(maps, choice)
    pdf, slides, pictures = _typeset(held, drawn)
    files = {"brief.pdf": pdf, "brief.html": html(held, drawn).encode(), "slides.pdf": slides}
    files |= {f"slide-{number}.png": one for number, one in enumerate(pictures, 1)}
    place.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        folder.write(place / name, content)
    sheets = brief_tables.sheets(choice, say)
    written = [*(place / name for name in files), *workbook.write(sheets, place / "brief.xlsx")]
    _forget(place, written)
    return written


def _forget(place: Path, written: Sequence[Path]) -> None:
    """Take away slides and tables of an earlier brief in the same folder that this one has not."""
    for pattern in ("slide-*.png", "brief-*.csv"):
        for path in set(place.glob(pattern)) - set(written):
            path.unlink()


def _drawn(maps: Maps | None, choice: Choice) -> list[tuple[bytes, bytes]]:
    """Map for paper and for a slide, of each plan."""
    if maps is None:
        return []
    alone = len(choice.options) == 1
    size, tallest = (PAGE_MAP, TALL) if alone else (HALF_MAP, _half(len(choice.options)))
    paper = brief_map.pictures(maps, choice.city, size, tallest)
    slide = brief_map.pictures(maps, choice.city, _slide(maps, choice))
    return list(zip(paper, slide, strict=True))


def _slide(maps: Maps, choice: Choice) -> tuple[float, float]:
    """Width and height of maps on a slide: one as wide as its area, several beside each other."""
    count = len(choice.options)
    if count > 1:
        return SLIDE_WIDE / count, SLIDE_LOW
    west, south, east, north = print_map.reach(maps.drawn, choice.city)
    wide = SLIDE_HIGH * (east - west) / (north - south)
    return min(max(wide, SLIDE_LEAST), SLIDE_MOST), SLIDE_HIGH


def _half(count: int) -> float:
    """Height that one of several maps may grow to: two beside each other more than four [inch]."""
    return TALL if count == 2 else HALF_TALL  # noqa: PLR2004 - one row of maps


def _typeset(
    held: dict[str, Any], drawn: list[tuple[bytes, bytes]]
) -> tuple[bytes, bytes, list[bytes]]:
    """PDF of the pages, PDF and PNG of the slides."""
    import typst

    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        maps = []
        for number, (one, (paper, slide)) in enumerate(zip(held["maps"], drawn, strict=True)):
            names = {"file": f"map-{number}.png", "slide": f"wide-{number}.png"}
            (root / names["file"]).write_bytes(paper)
            (root / names["slide"]).write_bytes(slide)
            maps.append(one | names)
        text = json.dumps(held | {"maps": maps, "fonts": FAMILIES}, allow_nan=False)
        (root / "brief.json").write_text(text, encoding="utf-8")
        for name in TEMPLATES:
            source = resources.files("twin.data").joinpath(f"templates/{name}")
            (root / name).write_text(source.read_text("utf-8"), encoding="utf-8")
        known: dict[str, Any] = {"root": str(root), "font_paths": fonts()}
        pages = typst.compile(str(root / "brief.typ"), **known)
        slides = typst.compile(str(root / "brief_slides.typ"), **known)
        pictures = typst.compile(
            str(root / "brief_slides.typ"), format="png", ppi=SLIDE_DOTS, **known
        )
    assert isinstance(pages, bytes)
    assert isinstance(slides, bytes)
    return pages, slides, list(pictures) if isinstance(pictures, list) else [pictures]


def fonts() -> list[str]:
    """Folders of the type of the brief and of the one that stands in for letters it lacks."""
    import matplotlib as mpl

    own = resources.files(FONT).joinpath("files")
    return [str(own), str(Path(mpl.get_data_path()) / "fonts" / "ttf")]


def html(held: dict[str, Any], drawn: list[tuple[bytes, bytes]]) -> str:
    """The pages as one HTML file that asks nobody for anything.

    Parameters
    ----------
    held
        Of `brief_text.content` and `brief_map.content`.
    drawn
        Maps for paper and slides.
    """
    style = resources.files("twin.data").joinpath("templates/brief.css").read_text("utf-8")
    swatches = "".join(
        f".c{number}{{background:{row['colour']}}}\n"
        for number, row in enumerate(held["legend"]) if row["colour"]
    )  # fmt: skip
    style += swatches
    return _environment().get_template("brief.html.j2").render(
        **held,
        pictures=[base64.b64encode(paper).decode() for paper, _ in drawn],
        style=Markup(style),  # noqa: S704 - a file of this project and colours of its palettes
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )  # fmt: skip


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("twin.data", "templates"), autoescape=select_autoescape(default=True)
    )

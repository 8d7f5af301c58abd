"""Reads what people sent in: the page's file, mails, hall sheets and exports of survey tools."""

from __future__ import annotations

import email
import email.policy
import json
import mailbox
import tempfile
from dataclasses import replace
from datetime import UTC
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from layers import files, sheets, texts, vectors
from layers.errors import Fault, InputError
from twin import folder
from twin.contributions import KINDS, LONGEST_LETTER, Contribution, place_faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from email.message import EmailMessage

    import geopandas as gpd

    from twin.city import City

PAGE: Final = "contributions/1"
MOST: Final = 100_000
"""Most contributions in one file [1]."""
LARGEST: Final = 100_000_000
"""Largest mail box [bytes]."""
MAILS: Final = (".eml", ".mbox")
TABLES: Final = (".csv", ".xlsx", ".ods", ".xls")
FIELDS: Final = ("text", "kind", "topic", "scenario", "person", "said")
"""Columns of a sheet that are told as they are."""
PLACED: Final = ("lon", "lat", "street")
"""Columns that say where: longitude and latitude [degrees], or the name of a street."""


def read(
    path: Path, city: City, bounds: Sequence[float] | None = None
) -> tuple[list[Contribution], list[str]]:
    """Read contributions from a file; what people said is kept even if its place is not.

    Parameters
    ----------
    path
        JSON of the page; .eml or .mbox; CSV or workbook of a hall sheet or a survey tool; GeoJSON.
    city
        For streets that a sheet names.
    bounds
        West, south, east, north of the city [degrees]; places outside are left out.

    Returns
    -------
    tuple
        Contributions, and sentences on what was not taken up.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    found, notes = _read(path, city)
    if len(found) > MOST:
        raise InputError(path.name, "", f"holds more than {MOST:,} rows.", "Split the file.")
    placed = [_placed(one, bounds) for one in found]
    whole = [_cut(one) for one in placed]
    lost = sum(a.place is not b.place for a, b in zip(found, placed, strict=True))
    cut = sum(a.text != b.text for a, b in zip(placed, whole, strict=True))
    if lost:
        notes.append(f"{lost} places are not in this town: what was said is kept without them.")
    if cut:
        notes.append(f"{cut} texts are cut at {LONGEST_LETTER:,} characters.")
    return whole, notes


def _placed(one: Contribution, bounds: Sequence[float] | None) -> Contribution:
    wrong = one.place is not None and any(place_faults(one.place, "", bounds))
    return replace(one, place=None) if wrong else one


def _cut(one: Contribution) -> Contribution:
    return replace(one, text=one.text[:LONGEST_LETTER]) if one.channel != "page" else one


def _read(path: Path, city: City) -> tuple[list[Contribution], list[str]]:
    kind = path.suffix.lower()
    if kind == ".json":
        return _page(path), []
    if kind in MAILS:
        return _mails(path)
    if kind in TABLES:
        return _sheet(path, city)
    if kind == ".geojson":
        return _drawn(path)
    advice = "Give .json of the page, .eml, .mbox, .csv, .xlsx or .geojson."
    raise InputError(path.name, "", "is not a kind of file that is known.", advice)


def _page(path: Path) -> list[Contribution]:
    content = folder.read_json(path)
    rows = content.get("contributions")
    if content.get("schema") != PAGE or not isinstance(rows, list) or len(rows) > MOST:
        advice = "Give the file that the page saved."
        raise InputError(path.name, "", f"does not hold {PAGE}.", advice)
    wrong = [Fault(f"contribution {n + 1}", "has fields that are not text.", "Save it again.")
             for n, row in enumerate(rows) if not _sound(row)]  # fmt: skip
    if wrong:
        raise InputError.of(path.name, wrong)
    return [_of_page(row, "page") for row in rows]


def _sound(row: Any) -> bool:
    if not isinstance(row, dict):
        return False
    answers = row.get("answers", {})
    return (
        all(isinstance(row.get(name, ""), str) for name in FIELDS)
        and isinstance(answers, dict)
        and all(isinstance(value, str) for value in answers.values())
        and isinstance(row.get("place"), dict | None)
    )


def _of_page(row: Mapping[str, Any], channel: str) -> Contribution:
    told = {name: row.get(name, "") for name in FIELDS}
    return Contribution(
        channel=channel, place=row.get("place"), answers=row.get("answers", {}), **told
    )


def _mails(path: Path) -> tuple[list[Contribution], list[str]]:
    if path.stat().st_size > LARGEST:
        raise InputError(path.name, "", "is too large.", "Split the mail box.")
    if path.suffix.lower() == ".eml":
        with path.open("rb") as stream:
            found = [email.message_from_binary_file(stream, policy=email.policy.default)]
    else:
        found = _box(path)
    said = [_of_mail(message) for message in found]
    empty = sum(not one.text for one in said)
    notes = [f"{empty} mails without text were left out."] if empty else []
    more = sum(any(True for _ in message.iter_attachments()) for message in found)
    notes += [f"{more} mails have attachments, which stay in the mail box."] if more else []
    return [one for one in said if one.text], notes


def _box(path: Path) -> list[EmailMessage]:
    # A copy, for mailbox locks and may touch the file that it reads.
    with tempfile.TemporaryDirectory() as held:
        copy = Path(held) / "box"
        copy.write_bytes(path.read_bytes())
        box = mailbox.mbox(copy, create=False)
        try:
            raw = [message.as_bytes() for message in box]
        finally:
            box.close()
    if not raw or len(raw) > MOST:
        raise InputError(path.name, "", "holds no mail.", "Export the mail box as mbox.")
    return [email.message_from_bytes(one, policy=email.policy.default) for one in raw]


def _of_mail(message: EmailMessage) -> Contribution:
    part = message.get_body(("plain", "html"))
    try:
        text = part.get_content() if part else ""
    except (LookupError, UnicodeError):  # a character set that nobody knows
        text = ""
    if part and part.get_content_subtype() == "html":
        text = _Words.of(text)
    text = text.replace("\x00", "").strip()
    subject = str(message.get("subject", "")).strip()
    return Contribution(
        kind="comment",
        channel="mail",
        said=_time(str(message.get("date", ""))),
        person=parseaddr(str(message.get("from", "")))[1].lower(),
        text=f"{subject}\n{text}".strip() if text else "",
    )


class _Words(HTMLParser):
    """The words of a mail that was written as HTML; scripts and styles say nothing."""

    SILENT: Final = frozenset({"script", "style", "head", "title"})
    BREAKS: Final = frozenset({"p", "br", "div", "li", "tr", "blockquote", "h1", "h2", "h3"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.silent = 0

    @classmethod
    def of(cls, text: str) -> str:
        """Words of a text, lines where blocks begin."""
        parser = cls()
        parser.feed(text)
        parser.close()
        lines = (" ".join(line.split()) for line in "".join(parser.said).splitlines())
        return "\n".join(line for line in lines if line)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a line."""
        del attrs
        self.silent += tag in self.SILENT
        self.said += "\n" if tag in self.BREAKS else ""

    def handle_endtag(self, tag: str) -> None:
        """A block ends a line."""
        self.silent = max(self.silent - (tag in self.SILENT), 0)
        self.said += "\n" if tag in self.BREAKS else ""

    def handle_data(self, data: str) -> None:
        """Words are kept."""
        self.said += "" if self.silent else data


def _time(text: str) -> str:
    try:
        return parsedate_to_datetime(text).astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, TypeError, OverflowError):
        return ""


def _sheet(path: Path, city: City) -> tuple[list[Contribution], list[str]]:
    files.checked(path)
    cells = sheets.read(path)[0]
    head = [texts.fold(str(cell)) for cell in cells.rows[0]]
    if "text" not in head and not any(str(cell).startswith("?") for cell in cells.rows[0]):
        advice = f"Name the columns {', '.join((*FIELDS, *PLACED))}, and ?ID for questions."
        raise InputError(path.name, "row 1", "no column is called text.", advice)
    names = [str(cell).strip() for cell in cells.rows[0]]
    rows = [
        {name: str(cell).strip() for name, cell in zip(names, row, strict=False)}
        for row in cells.rows[1:]
    ]
    known = {*FIELDS, *PLACED}
    spare = [name for name in names if name.lower() not in known and not name.startswith("?")]
    where = _streets(city)
    found, lost = [], 0
    for row in rows:
        told = {name.lower(): value for name, value in row.items()}
        place, named = _place(told, where)
        lost += named and place is None
        found.append(_of_row(told, row, place))
    kept = [one for one in found if one.text or one.answers or one.kind == "reaction"]
    notes = [f"Columns not taken up: {', '.join(spare)}."] if spare else []
    notes += [f"{lost} rows name a place that is not known."] if lost else []
    notes += [f"{len(found) - len(kept)} empty rows."] if len(found) > len(kept) else []
    return kept, notes


def _of_row(
    told: Mapping[str, str], row: Mapping[str, str], place: dict[str, Any] | None
) -> Contribution:
    answers = {name[1:]: value for name, value in row.items() if name.startswith("?") and value}
    fields = {name: told.get(name, "") for name in FIELDS}
    if fields["kind"] not in KINDS:
        fields["kind"] = "answers" if answers and not fields["text"] else "comment"
    return Contribution(channel="hall", place=place, answers=answers, **fields)


def _place(
    told: Mapping[str, str], where: Mapping[str, tuple[float, float]]
) -> tuple[dict[str, Any] | None, bool]:
    """Place of a row, and whether the row names one."""
    lon, lat, street = (told.get(name, "") for name in PLACED)
    if lon and lat:
        try:
            pair = [texts.number(one)[0] for one in (lon, lat)]
        except ValueError:
            return None, True
        return {"type": "Point", "coordinates": pair}, True
    spot = where.get(texts.fold(street)) if street else None
    return (None if spot is None else {"type": "Point", "coordinates": list(spot)}), bool(street)


def _streets(city: City) -> dict[str, tuple[float, float]]:
    """Middle of the longest segment of every named street [degrees]."""
    named = city.streets[city.streets["name"].notna()]
    longest = named.sort_values("length", ascending=False, kind="stable").drop_duplicates("name")
    middles = shapely.line_interpolate_point(longest.geometry.to_numpy(), 0.5, normalized=True)
    import geopandas as gpd

    points = gpd.GeoSeries(middles, crs=city.crs).to_crs("EPSG:4326")
    pairs = np.round(shapely.get_coordinates(points.to_numpy()), 6)
    return {
        texts.fold(str(name)): (float(lon), float(lat))
        for name, (lon, lat) in zip(longest["name"], pairs, strict=True)
    }


def _drawn(path: Path) -> tuple[list[Contribution], list[str]]:
    frame = vectors.read(path).to_crs("EPSG:4326")
    return list(_of_frame(frame)), []


def _of_frame(frame: gpd.GeoDataFrame) -> Iterator[Contribution]:
    for row in frame.to_dict("records"):
        told = {str(name).lower(): value for name, value in row.items() if isinstance(value, str)}
        shape = row[frame.geometry.name]
        place = None if shape is None or shape.is_empty else json.loads(shapely.to_geojson(shape))
        fields = {name: told.get(name, "") for name in FIELDS}
        if fields["kind"] not in KINDS:
            fields["kind"] = "comment"
        answers = {name[1:]: value for name, value in told.items() if name.startswith("?")}
        yield Contribution(channel="survey", place=place, answers=answers, **fields)

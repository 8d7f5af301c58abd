"""Write the smallest spreadsheets that a spreadsheet program would open, good and bad ones."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

OPEN = "http://schemas.openxmlformats.org"
MAIN = f"{OPEN}/spreadsheetml/2006/main"
LINK = f"{OPEN}/officeDocument/2006/relationships"
PACK = f"{OPEN}/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
OASIS = "urn:oasis:names:tc:opendocument:xmlns"


def letters(column: int) -> str:
    """Column 0 is A, 26 is AA."""
    text = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        text = chr(65 + rest) + text
        column -= 1
    return text


def xlsx_rows(rows: Sequence[Sequence[object]]) -> str:
    """Sheet data of rows of texts and numbers; None is no cell, a text "=..." a bare formula."""
    return "".join(
        f'<row r="{n}">' + "".join(_xlsx_cell(f"{letters(c)}{n}", v) for c, v in enumerate(row))
        + "</row>"
        for n, row in enumerate(rows, 1)
    )  # fmt: skip


def _xlsx_cell(place: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith("="):
        return f'<c r="{place}"><f>{escape(value[1:])}</f></c>'
    if isinstance(value, str) and value.startswith("date:"):
        return f'<c r="{place}" s="1"><v>{value[5:]}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def xlsx(path: Path, sheets: Mapping[str, str], *, before: str = "") -> Path:
    """An XLSX with sheets of raw sheet data; `before` stands before each sheet's root."""
    names = list(sheets)
    part = f'{LINK}/worksheet" Target="worksheets/sheet'
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACK}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACK}/relationships"><Relationship Id="r1" '
        f'Type="{LINK}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINK}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>'
                  for n, name in enumerate(names, 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACK}/relationships">'
        + "".join(f'<Relationship Id="r{n}" Type="{part}{n}.xml"/>'
                  for n, _ in enumerate(names, 1))
        + f'<Relationship Id="s" Type="{LINK}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>',
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in files.items():
            book.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
        for n, data in enumerate(sheets.values(), 1):
            book.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet xmlns="{MAIN}">'
                f"<sheetData>{data}</sheetData></worksheet>",
            )
    return path


def ods_rows(rows: Sequence[Sequence[object]]) -> str:
    """Table rows of texts and numbers, with the endless empty rest that LibreOffice writes."""
    text = "".join(
        "<table:table-row>" + "".join(map(_ods_cell, row))
        + '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
        for row in rows
    )  # fmt: skip
    return (
        f'{text}<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )


def _ods_cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    kind = "string" if isinstance(value, str) else "float"
    number = "" if isinstance(value, str) else f' office:value="{value}"'
    return (
        f'<table:table-cell office:value-type="{kind}"{number}><text:p>{escape(str(value))}</text:p>'
        "</table:table-cell>"
    )


def ods(path: Path, rows: str) -> Path:
    """An ODS with one sheet of raw table rows."""
    spaces = " ".join(f'xmlns:{name}="{OASIS}:{name}:1.0"' for name in ("office", "table", "text"))
    manifest = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", manifest, zipfile.ZIP_STORED)
        book.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{OASIS}:manifest:1.0"><manifest:file-entry '
            f'manifest:full-path="/" manifest:media-type="{manifest}"/></manifest:manifest>',
        )
        book.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="Sheet">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path

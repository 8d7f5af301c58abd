"""Report of what changed between two extracts: a page to print, JSON for machines, every object."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from layers.texts import quote_formula
from twin import changes, folder, section, workbook
from twin.languages import ENGLISH
from twin.section import Section

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twin.comparison import Difference
    from twin.repoint import Repointed

TITLES: Final = {
    "old": "Old",
    "new": "New",
    "same": "Same",
    "retagged": "Retagged",
    "reshaped": "Reshaped",
    "merged": "Merged",
    "gone": "Gone",
    "split": "Split off",
    "built": "Built",
}
HEADS: Final = {"old_id": "old id", "new_id": "new id", "how": "found by"}
"""Heads of the workbook; the CSV keeps the names of columns."""
SHOWN: Final = 10
"""Objects of each kind of change that the page names [1]."""
LISTED: Final = ("table", "change", "old_id", "new_id", "how", "columns")
LIMITS: Final = (
    (
        "Old = same + retagged + reshaped + merged + gone; new = same + retagged + reshaped + "
        "split off + built."
    ),
    (
        "A change of the map is not always a change of the town: houses that stood there before "
        "and were drawn since count as built."
    ),
    (
        "Objects are found again by id, or else by place: lines and outlines of which most lies on "
        "the other, points of one kind nearby. A street drawn anew farther away is gone and built."
    ),
)


def sections(
    found: Difference,
    carried: pd.DataFrame | None = None,
    scenarios: Mapping[str, Repointed] | None = None,
) -> list[Section]:
    """Return the report of a comparison, or of an update with what was carried over.

    Parameters
    ----------
    found
        What changed.
    carried
        Columns table, column, carried, lost [1].
    scenarios
        Scenario to what became of its ids.
    """
    told = [
        Section(
            "What changed",
            text=f"From {found.old} to {found.new}.",
            head=("Table", *TITLES.values()),
            rows=tuple(
                (str(name), *(f"{row[key]:,}" for key in TITLES))
                for name, row in found.counts.iterrows()
            ),
            points=found.notes,
        ),
        Section("Tags that changed", head=("Table", "Column", "Objects"), rows=_tags(found)),
        Section("For example", head=("Table", "Change", "Objects"), rows=_examples(found)),
    ]
    if carried is not None and len(carried):
        told.append(_carried(carried))
    if scenarios:
        told.append(_scenarios(scenarios))
    return [*told, Section("How to read it", points=LIMITS)]


def _tags(found: Difference) -> tuple[tuple[str, ...], ...]:
    rows = []
    for name, frame in found.tables.items():
        number = Counter(word for text in frame["columns"].dropna() for word in text.split())
        rows += [
            (name, column.replace("_", " "), f"{count:,}") for column, count in number.most_common()
        ]
    return tuple(rows)


def _examples(found: Difference) -> tuple[tuple[str, ...], ...]:
    rows = []
    for name in ("buildings", "streets", "places"):
        frame = found.tables[name]
        for change, side in ((changes.NEW, "new_id"), (changes.GONE, "old_id")):
            ids = frame.loc[frame["change"] == change, side]
            if len(ids):
                more = f" and {len(ids) - SHOWN:,} more" if len(ids) > SHOWN else ""
                word = "built" if change == changes.NEW else change
                rows.append((name, word, ", ".join(ids.iloc[:SHOWN]) + more))
    return tuple(rows)


def _carried(carried: pd.DataFrame) -> Section:
    return Section(
        "Carried over from registers, meters and other files of the town",
        head=("Table", "Column", "Carried", "Lost with their object"),
        rows=tuple(
            (row.table, row.column.replace("_", " "), f"{row.carried:,}", f"{row.lost:,}")
            for row in carried.itertuples()
        ),
    )


def _scenarios(scenarios: Mapping[str, Repointed]) -> Section:
    return Section(
        "Scenarios",
        head=("Scenario", "Ids found again", "Orphans"),
        rows=tuple(
            (name, f"{one.followed:,}", f"{len(one.orphans):,}") for name, one in scenarios.items()
        ),
        points=tuple(
            f"{name}: {fault}" for name, one in scenarios.items() for fault in one.orphans
        ),
    )


def to_dict(
    found: Difference,
    carried: pd.DataFrame | None = None,
    scenarios: Mapping[str, Repointed] | None = None,
) -> dict[str, Any]:
    """Return the same for machines: counts, carried columns, orphans of scenarios, notes."""
    data: dict[str, Any] = {
        "old": found.old,
        "new": found.new,
        "counts": {str(name): row.to_dict() for name, row in found.counts.iterrows()},
        "notes": list(found.notes),
        "attributions": list(found.attributions),
    }
    if carried is not None:
        data["carried"] = carried.to_dict("records")
        data["scenarios"] = {
            name: {"followed": one.followed, "orphans": [vars(fault) for fault in one.orphans]}
            for name, one in (scenarios or {}).items()
        }
    return data


def listed(found: Difference) -> pd.DataFrame:
    """Every object that changed or has another id: table, change, old_id, new_id, how, columns."""
    frames = [frame.assign(table=name) for name, frame in found.tables.items()]
    whole = pd.concat(frames, ignore_index=True)[list(LISTED)]
    kept = (whole["change"] != changes.SAME) | (whole["old_id"] != whole["new_id"])
    return whole[kept].reset_index(drop=True)


def write(
    found: Difference,
    path: Path,
    carried: pd.DataFrame | None = None,
    scenarios: Mapping[str, Repointed] | None = None,
    language: str = ENGLISH,
) -> tuple[Path, ...]:
    """Write the page and, beside it, JSON and all changed objects as a workbook and a CSV.

    Parameters
    ----------
    found, carried, scenarios
        As in `sections`.
    path
        The HTML file; the others have its name with another ending.
    language
        Of the page and the workbook, one of `twin.languages.known`.
    """
    data, rows, book = (path.with_suffix(ending) for ending in (".json", ".csv", ".xlsx"))
    content = to_dict(found, carried, scenarios)
    folder.write(data, json.dumps(content, allow_nan=False, ensure_ascii=False, indent=1).encode())
    folder.write(rows, _csv(found))
    sheets = workbook.spoken({"changes": listed(found).rename(columns=HEADS)}, language)
    folder.write(book, workbook.workbook(sheets))
    title, footer = f"Changes: {found.old} to {found.new}", " | ".join(found.attributions)
    page = section.write(sections(found, carried, scenarios), path, title, footer, language)
    return page, data, rows, book


def _csv(found: Difference) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(LISTED)
    cells = listed(found).fillna("").astype("object").to_numpy()
    writer.writerows([[quote_formula(str(cell)) for cell in row] for row in cells])
    return stream.getvalue().encode("utf-8-sig")

"""A consultation from its file to the response table."""

from __future__ import annotations

import json
import mailbox
import os
import signal
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import InputError
from tests.twin.cities import tiny
from twin import consult_report, consultation, contributions, statements, store
from twin.cli import cli
from twin.cli_consult import _bounds
from twin.contributions import Contribution

TEXT = """\
schema: consultation/1
name: quiet-streets
title: Shall cars leave the school streets?
status: informal
opens: 2026-12-01
closes: 2026-12-31
controller: Lilleby Municipality, data@lilleby.example
mail: plan@lilleby.example
retention: 2027-12-31
topics: [traffic, noise]
questions:
  - id: support
    text: What do you think of the plan?
    options: [for it, against it, undecided]
  - id: more
    text: What is missing?
    kind: text
"""


def test_a_file_says_what_is_asked_until_when(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(TEXT, encoding="utf-8")
    found = consultation.read(path)
    assert found.closes.isoformat() == "2026-12-31"
    assert [question.kind for question in found.questions] == ["choice", "text"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("status: informal", "status: formal", "official channel"),
        ("closes: 2026-12-31", "closes: 2026-11-30", "closes is before opens"),
        ("retention: 2027-12-31", "retention: 2026-12-30", "retention is before closes"),
        ("mail: plan@lilleby.example", "mail: plan@lilleby.example?bcc=x@y.z", "mail"),
        ("status: informal", "status: informal\nchannel: javascript:alert(1)", "channel"),
        ("id: more", "id: support", "same id"),
        ("options: [for it, against it, undecided]", "options: [for it]", "two options"),
        ("opens: 2026-12-01", "opens: soon", "opens"),
        ("topics: [traffic, noise]", "subject: x", "subject"),
        ("schema: consultation/1", "schema: scenario/1", "schema"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        consultation.read(path)


def spot() -> dict[str, Any]:
    """A place in the tiny city."""
    west, south, east, north = _bounds(tiny())
    return {"type": "Point", "coordinates": [(west + east) / 2, (south + north) / 2]}


def comment(text: str, **told: Any) -> Contribution:
    return Contribution(kind="comment", channel="page", text=text, **told)


def test_the_same_contribution_counts_once(tmp_path: Path) -> None:
    said = [comment("Too fast here", place=spot()), comment("Too fast here", person="a@b.c")]
    assert contributions.add(tmp_path, said) == (2, 0)
    assert contributions.add(tmp_path, [*said, comment("New")]) == (1, 2)
    rows = contributions.table(tmp_path)
    assert len(rows) == 3
    assert set(rows["state"]) == {"new"}
    assert not rows["person"].str.contains("@").any()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (comment(""), "says nothing"),
        (comment("x" * 5000), "too long"),
        (comment("x", topic="t\x00"), "too long"),
        (Contribution(kind="shout", channel="page", text="x"), "kind"),
        (Contribution(kind="idea", channel="pigeon", text="x"), "channel"),
        (comment("x", place={"type": "Point", "coordinates": [0, 0]}), "not in this town"),
        (comment("x", place={"type": "Point", "coordinates": ["a", 1]}), "no place"),
        (comment("x", place={"type": "Point", "coordinates": []}), "no place"),
        (comment("x", place={"type": "Spiral"}), "no place"),
        (comment("x", place={"type": "Point", "coordinates": [float("nan"), 1]}), "no place"),
        (
            comment("x", place={"type": "LineString", "coordinates": [[9, 55]] * 600}),
            "no place",
        ),
    ],
)
def test_one_bad_contribution_keeps_all_out(tmp_path: Path, wrong: Contribution, said: str) -> None:
    with pytest.raises(InputError, match=said):
        contributions.add(tmp_path, [comment("fine"), wrong], bounds=_bounds(tiny()))
    assert contributions.table(tmp_path).empty


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_text_is_kept_or_refused_with_words(text: str, topic: str) -> None:
    said = comment(text, topic=topic)
    wrong = list(contributions.faults(said, "contribution 1"))
    assert bool(wrong) == (not text.strip() or "\x00" in text + topic)


@pytest.mark.parametrize(
    "text",
    [
        "Call me: +45 20 30 40 50",
        "kim@example.org wrote",
        "Tel. (0664) 123 45 67",
        "anna.b@c.co.uk",
    ],
)
def test_addresses_and_telephones_are_cut_out(text: str) -> None:
    shown = contributions.public(text)
    assert "[…]" in shown
    assert "@" not in shown
    assert sum(letter.isdigit() for letter in shown) == 0


def test_years_and_house_numbers_stay(tmp_path: Path) -> None:
    text = "Since 2019 cars pass house 12 at 60 km/h, 1500 a day"
    assert contributions.public(text) == text


def test_an_accepted_contribution_survives_a_kill(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from twin import contributions as c\n"
        "n = 0\n"
        "while True:\n"
        "    c.add(Path(sys.argv[1]), [c.Contribution('comment', 'page', text=f'text {n}')])\n"
        "    n += 1\n    print(n, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        accepted = 0
        end = time.monotonic() + 60.0
        while accepted < 20 and time.monotonic() < end:
            accepted = int(child.stdout.readline())
        os.kill(child.pid, signal.SIGKILL)
        child.wait(10.0)
    assert accepted == 20
    assert len(contributions.table(tmp_path)) >= accepted


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    with contributions.opened(tmp_path) as held:
        held.execute("PRAGMA user_version = 9")
    with pytest.raises(InputError, match="newer"):
        contributions.add(tmp_path, [comment("x")])


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    (tmp_path / contributions.FILE).write_bytes(b"no database at all, by any means" * 40)
    with pytest.raises(InputError, match="backup"):
        contributions.table(tmp_path)


def test_an_answer_is_whole_or_not_kept(tmp_path: Path) -> None:
    contributions.add(tmp_path, [comment("a"), comment("b")])
    ids = list(contributions.table(tmp_path).index)
    rows = pd.DataFrame(
        {"reply": ["We move the filter.", "No."], "changed": ["yes", "no"], "why": ["", ""]},
        index=ids,
    )
    with pytest.raises(InputError, match="why not"):
        contributions.answer(tmp_path, rows)
    assert (contributions.table(tmp_path)["reply"] == "").all()
    rows.iloc[1, 2] = "The ambulance needs the street."
    assert contributions.answer(tmp_path, rows) == 2
    with pytest.raises(InputError, match="no contribution"):
        contributions.moderate(tmp_path, ["nobody"], "public")


def test_people_and_contributions_are_counted_apart(tmp_path: Path) -> None:
    said = [
        comment("one", topic="noise", person="kim", place=spot()),
        comment("two", topic="noise", person="kim", place=spot()),
        comment("three", topic="noise"),
        comment("four", topic="traffic", answers={"support": "for it"}, person="kim"),
        comment("five", topic="traffic", answers={"support": "against it"}, person="kim"),
    ]
    contributions.add(tmp_path, said)
    rows = contributions.table(tmp_path)
    found = consult_report.summary(rows, tiny())
    assert (found["contributions"], found["people"], found["unnamed"]) == (5, 2, 1)
    topic = found["by"]["topic"]
    assert topic.loc["noise"].tolist() == [2, 3]
    assert topic.loc["traffic"].tolist() == [1, 2]
    assert found["answers"]["people"].sum() == 1  # one person, one answer
    streets = found["by"]["street"]
    assert streets.loc["-", "contributions"] in {3, 5}


def test_bursts_are_flagged_and_not_removed(tmp_path: Path) -> None:
    same = [comment("Stop this plan!", person=str(n)) for n in range(6)]
    contributions.add(tmp_path, same + [comment(f"text {n}") for n in range(20)])
    found = consult_report.summary(contributions.table(tmp_path), tiny())
    assert found["contributions"] == 26
    assert any("say the same" in text for text in found["bursts"])
    assert any("in ten minutes" in text for text in found["bursts"])


def test_an_empty_answer_blocks_publication(tmp_path: Path) -> None:
    contributions.add(tmp_path, [comment("a", person="kim@example.org")])
    rows = contributions.table(tmp_path)
    contributions.moderate(tmp_path, rows.index, "public")
    rows = contributions.table(tmp_path)
    assert len(consult_report.response_table(rows, tiny())) == 1
    with pytest.raises(InputError, match="has no answer"):
        consult_report.response_table(rows, tiny(), final=True)
    reply = pd.DataFrame({"reply": ["Thanks."], "changed": ["yes"], "why": [""]}, index=rows.index)
    contributions.answer(tmp_path, reply)
    table = consult_report.response_table(contributions.table(tmp_path), tiny(), final=True)
    assert table["changed"].tolist() == ["yes"]


def mail(sender: str, subject: str, text: str) -> EmailMessage:
    found = EmailMessage()
    found["From"], found["Subject"] = sender, subject
    found["Date"] = "Tue, 01 Dec 2026 10:00:00 +0100"
    found.set_content(text)
    return found


def test_mails_are_taken_in_bulk(tmp_path: Path) -> None:
    path = tmp_path / "in.mbox"
    box = mailbox.mbox(path)
    for n in range(3):
        box.add(mail(f"p{n}@x.org", f"Street {n}", "Too many cars, call +45 12 34 56 78"))
    box.add(mail("q@x.org", "only a subject", ""))
    box.close()
    found, notes = statements.read(path, tiny())
    assert [one.person for one in found] == ["p0@x.org", "p1@x.org", "p2@x.org"]
    assert found[0].said == "2026-12-01T09:00:00+00:00"
    assert notes == ["1 mails without text were left out."]


def test_a_mail_may_be_html_long_and_come_with_files(tmp_path: Path) -> None:
    page = mail("a@x.org", "Hearing", "")
    page.set_content(
        "<html><head><style>p {color: red}</style></head><body><p>No <b>cars</b>,&nbsp;please</p>"
        "<p>Trees &lt;3</p><script>alert(1)</script></body></html>",
        subtype="html",
    )
    long = mail("b@x.org", "Hearing", "word " * 30_000)
    long.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="a.pdf")
    box = mailbox.mbox(tmp_path / "in.mbox")
    box.add(page)
    box.add(long)
    box.close()
    found, notes = statements.read(tmp_path / "in.mbox", tiny())
    assert found[0].text == "Hearing\nNo cars, please\nTrees <3"
    assert len(found[1].text) == contributions.LONGEST_LETTER
    assert notes == [
        "1 mails have attachments, which stay in the mail box.",
        f"1 texts are cut at {contributions.LONGEST_LETTER:,} characters.",
    ]
    assert contributions.add(tmp_path, found) == (2, 0)


def test_what_was_said_is_kept_without_a_place_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "hall.csv").write_text(
        "text;lon;lat\nSlow down;0;0\nMore trees;;\n", encoding="utf-8"
    )
    bounds = _bounds(tiny())
    found, notes = statements.read(tmp_path / "hall.csv", tiny(), bounds)
    assert [(one.text, one.place) for one in found] == [("Slow down", None), ("More trees", None)]
    assert notes == ["1 places are not in this town: what was said is kept without them."]
    assert contributions.add(tmp_path, found, bounds=bounds) == (2, 0)


def test_a_hall_sheet_names_streets_and_answers(tmp_path: Path) -> None:
    street = str(tiny().streets["name"].dropna().iloc[0])
    path = tmp_path / "hall.csv"
    path.write_text(
        "text;street;topic;?support;colour\n"
        f"Slow down;{street.upper()};traffic;for it;red\n"
        "Where?;Nowhere Lane;;;\n"
        ";;;against it;\n",
        encoding="utf-8",
    )
    found, notes = statements.read(path, tiny())
    assert [one.kind for one in found] == ["comment", "comment", "answers"]
    assert found[0].place is not None
    assert found[0].answers == {"support": "for it"}
    assert found[1].place is None
    assert any("colour" in note for note in notes)
    assert any("1 rows name a place" in note for note in notes)


def test_a_survey_export_keeps_its_places(tmp_path: Path) -> None:
    path = tmp_path / "survey.geojson"
    features = [
        {"type": "Feature", "geometry": spot(), "properties": {"text": "A tree", "?support": "x"}}
    ]
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    found, _ = statements.read(path, tiny())
    assert found[0].answers == {"support": "x"}
    assert contributions.add(tmp_path, found, bounds=_bounds(tiny())) == (1, 0)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", "{}"),
        ("a.json", '{"schema": "contributions/1", "contributions": 3}'),
        ("a.json", '{"schema": "contributions/1", "contributions": [{"text": 3}]}'),
        ("a.json", '{"schema": "contributions/1", "contributions": [{"place": "x"}]}'),
        ("a.json", "[" * 100_000),
        ("a.json", '{"schema": "contributions/1", "contributions": [NaN]}'),
        ("a.csv", "a;b\n1;2\n"),
        ("a.mbox", "nothing"),
        ("a.pdf", "%PDF-1.4"),
        ("a.geojson", '{"type": "FeatureCollection"}'),
    ],
)
def test_what_is_no_contribution_is_refused(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        statements.read(path, tiny())


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["consult", *words])
    return done.exit_code, done.output


def test_from_opening_to_the_response_table(tmp_path: Path) -> None:
    city = tmp_path / "tiny.twin"
    store.save(tiny(), city)
    (tmp_path / "c.yaml").write_text(TEXT, encoding="utf-8")
    assert run("open", str(city), str(tmp_path / "c.yaml"))[0] == 0
    code, said = run("sheet", str(city), "-o", str(tmp_path / "hall.xlsx"))
    assert code == 0, said
    assert "?support" in pd.read_excel(tmp_path / "hall.xlsx", engine="calamine").columns
    rows = {
        "schema": "contributions/1",
        "consultation": "quiet-streets",
        "contributions": [
            {"kind": "comment", "text": "=1+1 kim@example.org", "topic": "noise", "place": spot()},
            {"kind": "reaction", "scenario": "quiet-2030", "text": "", "answers": {}},
        ],
    }
    (tmp_path / "in.json").write_text(json.dumps(rows), encoding="utf-8")
    code, said = run("add", str(city), str(tmp_path / "in.json"))
    assert "2 new, 0 known" in said, said
    assert "2 known" in run("add", str(city), str(tmp_path / "in.json"))[1]
    assert "2 contributions are public" in run("moderate", str(city), "--all-new")[1]
    out = tmp_path / "r.xlsx"
    code, said = run("report", str(city), "-o", str(out))
    assert code == 0, said
    assert "2 contributions" in said
    code, said = run("report", str(city), "--final", "-o", str(out))
    assert code != 0
    assert "has no answer" in said
    table = pd.read_excel(out, engine="calamine", sheet_name="responses", dtype=str)
    assert not table["text"].str.contains("@").any()
    table["reply"], table["changed"] = "Thank you.", "yes"
    table.to_csv(tmp_path / "answers.csv", index=False)
    code, said = run("answer", str(city), str(tmp_path / "answers.csv"))
    assert "2 answers are kept" in said, said
    code, said = run("report", str(city), "--final", "-o", str(out))
    assert code == 0, said
    assert out.with_suffix(".gpkg").exists()
    assert "'=1+1" in out.with_suffix(".csv").read_text(encoding="utf-8-sig")
    assert run("forget", str(city))[0] != 0
    assert "2 contributions are deleted" in run("forget", str(city), "--yes")[1]
    assert contributions.table(city).empty


def test_the_example_is_whole() -> None:
    path = Path(__file__).parents[2] / "examples" / "consultation" / "quiet_streets.yaml"
    assert len(consultation.read(path).questions) == 3

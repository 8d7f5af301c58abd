"""One way to the page for everybody, for the command and the studio."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.twin.cities import tiny
from tests.twin.studio import served
from tests.twin.studio.test_engine import STREET, draft
from tests.twin.studio.test_people import opened
from twin import publication, scenario, simulate

if TYPE_CHECKING:
    from pathlib import Path

    from twin.result import Result


def results() -> list[Result]:
    plan = scenario.parse(draft(STREET).text(), tiny())
    before = simulate.run(tiny(), year=2027, domains=(served.TRAFFIC,))
    after = simulate.run(tiny(), plan, year=2027, warm=before, domains=(served.TRAFFIC,))
    return [before, after]


def test_the_consultation_of_the_twin_stands_on_the_page(tmp_path: Path) -> None:
    root = served.folder(tmp_path)
    opened(root)
    page = publication.publish(root, tiny(), results(), tmp_path / "page.html", title="Calm?")
    text = page.read_text(encoding="utf-8")
    assert "<h1>Calm?</h1>" in text
    assert "Quiet streets?" in text


def test_the_studio_writes_the_page_that_the_command_writes(tmp_path: Path) -> None:
    root = served.folder(tmp_path)
    opened(root)
    plan = scenario.parse(draft(STREET).text(), tiny())
    alone = publication.publish(
        root, tiny(), results(), tmp_path / "page.html", title="Calm?", plans={plan.name: plan}
    )
    studio = served.made(root)
    with served.running(studio) as at:
        at.post("/api/plans", {"name": "quiet"})
        seen = at.get("/api/plans/quiet").json()["state"]
        body = {"interventions": draft(STREET).body["interventions"]}
        at.put("/api/plans/quiet", {"seen": seen, "body": body})
        run = at.end(at.post("/api/runs", {"plan": "quiet"}).json()["job"])["run"]
        end = at.end(at.post("/api/publish", {"runs": [run["id"]], "title": "Calm?"}).json()["job"])
        assert end["event"] == "done", end
    assert _plain(studio.page) == _plain(alone)


def _plain(page: Path) -> str:
    """A page without the digest of doing nothing, which starts warm in the studio."""
    return re.sub(r"baseline-2027 [0-9a-f]{8}", "", page.read_text(encoding="utf-8"))

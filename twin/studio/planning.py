"""Routes of plans: what can be built, drawing, simulating, figures, the public page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from twin import scenario, store
from twin.errors import NotComputedError, ScenarioError
from twin.studio import drafts, figures, kinds, shelf
from twin.studio.messages import Body, Change, NewPlan, Order, Page, Seen, file_of
from twin.studio.state import body_of

if TYPE_CHECKING:
    from twin.studio.state import Studio

router = APIRouter(prefix="/api")
Named = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
RunId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
RunIds = Annotated[str, Query(pattern=r"^[0-9a-f]{16}(,[0-9a-f]{16}){0,3}$")]


def of(request: Request) -> Studio:
    """The studio that a request reached."""
    found: Studio = request.app.state.studio
    return found


@router.get("/state")
def state(request: Request) -> dict[str, Any]:
    """What the studio works on, and how far it is."""
    studio = of(request)
    held = studio.consultation
    return {
        "city": studio.city.name,
        "year": studio.city.year,
        "language": studio.language,
        "opening": studio.opening.id if studio.opening else "",
        "town": studio.drawn is not None,
        "figures": studio.drawn is not None and studio.drawn.figures is not None,
        "ready": studio.engine.ready,
        "usual": studio.drawn.usual if studio.drawn else 0.0,
        "page": studio.page.is_file(),
        "consultation": held.title if held else "",
    }


@router.get("/town")
def town(request: Request) -> dict[str, Any]:
    """Everything that the map draws and lets choose before anything is simulated."""
    drawn = of(request).drawn
    if drawn is None:
        raise HTTPException(409, "The town is not laid out yet.")
    return dict(drawn.layout)


@router.get("/indicators")
def indicators(request: Request) -> dict[str, Any]:
    """Figures of doing nothing with their legends."""
    drawn = of(request).drawn
    if drawn is None or drawn.figures is None:
        raise HTTPException(409, "Doing nothing is not simulated yet.")
    return dict(drawn.figures)


def _town(studio: Studio) -> figures.Town:
    """The town with its figures."""
    if studio.drawn is None or studio.drawn.figures is None:
        raise HTTPException(409, "Doing nothing is not simulated yet.")
    return studio.drawn.town


@router.get("/catalog")
def catalog(request: Request) -> list[dict[str, Any]]:
    """Kinds of measures with the fields of their forms."""
    return kinds.forms(of(request).language)


@router.get("/points/{table}")
def points(request: Request, table: Named) -> dict[str, Any]:
    """Junctions or stops to choose from."""
    if table not in figures.POINTS:
        raise HTTPException(404, "There is no such layer.")
    return figures.points(of(request).city, table)


@router.get("/plans")
def plans(request: Request) -> list[str]:
    """Names of all plans."""
    return drafts.names(of(request).root)


@router.post("/plans", status_code=201)
def begin(request: Request, new: NewPlan) -> dict[str, Any]:
    """Begin a plan, empty or from the text of a scenario file."""
    studio = of(request)
    body: dict[str, Any] = {"interventions": []}
    if new.text:
        body = body_of(scenario.parse(new.text, studio.city))
    if new.title:
        body["title"] = new.title
    made = drafts.create(studio.root, new.name, body)
    studio.changed()
    return _shown(studio, made)


def _shown(studio: Studio, draft: drafts.Draft) -> dict[str, Any]:
    """A plan with the objects that it reaches, as places in the page's layers."""
    try:
        reached = studio.engine.reach(draft)
    except (ScenarioError, NotComputedError):
        reached = {}  # a plan of a file for another state of the City; its run says what is wrong
    index = studio.drawn.town.index if studio.drawn else {}
    return {
        "name": draft.name,
        "state": draft.state,
        "body": dict(draft.body),
        "can_undo": draft.can_undo,
        "can_redo": draft.can_redo,
        "reach": {
            name: {
                "table": table,
                "count": len(objects),
                "places": figures.places(index[table], objects) if table in index else [],
            }
            for name, (table, objects) in reached.items()
        },
    }


@router.get("/plans/{name}")
def plan(request: Request, name: Named) -> dict[str, Any]:
    """One plan."""
    studio = of(request)
    return _shown(studio, drafts.get(studio.root, name))


@router.put("/plans/{name}")
def change(request: Request, name: Named, new: Change) -> dict[str, Any]:
    """Give a plan a new state; it is checked against the City first."""
    studio = of(request)
    body = _checked(studio, name, new.body)
    made = drafts.change(studio.root, name, body, seen=new.seen)
    studio.changed()
    return _shown(studio, made)


def _checked(studio: Studio, name: str, body: Body) -> dict[str, Any]:
    given = {
        key: value for key, value in body.model_dump().items() if value or key == "interventions"
    }
    if not given["interventions"]:
        return given
    return body_of(scenario.parse(drafts.as_text(name, given), studio.city))


@router.post("/plans/{name}/undo")
def undo(request: Request, name: Named, said: Seen) -> dict[str, Any]:
    """Go back to the state before."""
    studio = of(request)
    made = drafts.undo(studio.root, name, seen=said.seen)
    studio.changed()
    return _shown(studio, made)


@router.post("/plans/{name}/redo")
def redo(request: Request, name: Named, said: Seen) -> dict[str, Any]:
    """Go forth again."""
    studio = of(request)
    made = drafts.redo(studio.root, name, seen=said.seen)
    studio.changed()
    return _shown(studio, made)


@router.post("/plans/{name}/remove")
def remove(request: Request, name: Named, said: Seen) -> dict[str, Any]:
    """Remove a plan."""
    studio = of(request)
    drafts.remove(studio.root, name, seen=said.seen)
    studio.changed()
    return {}


@router.get("/plans/{name}/yaml", response_class=Response, responses=file_of("application/yaml"))
def yaml(request: Request, name: Named) -> Response:
    """The plan as a file that `twin run` takes."""
    draft = drafts.get(of(request).root, name)
    draft.plan()  # an empty plan is no scenario
    text = draft.text()
    headers = {"content-disposition": f'attachment; filename="{name}.yaml"'}
    return Response(text, media_type="application/yaml", headers=headers)


@router.post("/plans/{name}/keep")
def keep(request: Request, name: Named, said: Seen) -> dict[str, Any]:
    """Keep the plan as a scenario file in the twin folder."""
    studio = of(request)
    draft = drafts.get(studio.root, name)
    if draft.state != said.seen:
        raise drafts.ConflictError("plan", name, "was changed meanwhile.", "Look at it again.")
    studio.engine.plan(draft)
    store.save_scenario(studio.root, name, draft.text())
    return {"kept": name}


@router.post("/runs", status_code=202)
def run(request: Request, order: Order) -> dict[str, str]:
    """Begin to simulate a plan."""
    studio = of(request)
    job = studio.simulate(drafts.get(studio.root, order.plan), order.year, order.shown)
    return {"job": job.id}


@router.get("/figures/{table}/{column}")
def compare(request: Request, table: Named, column: Named, runs: RunIds) -> dict[str, Any]:
    """One figure of up to four runs, with one legend for all."""
    studio = of(request)
    found = figures.compared(_town(studio), studio.runs(runs.split(",")), table, column)
    if found is None:
        raise HTTPException(404, "There is no such figure.")
    return found


@router.post("/publish", status_code=202)
def publish(request: Request, wanted: Page) -> dict[str, str]:
    """Begin to write the page for everybody."""
    job = of(request).publish(wanted)
    return {"job": job.id}


@router.get("/kept")
def kept(request: Request) -> list[dict[str, Any]]:
    """Runs of plans that the twin folder keeps, the newest first."""
    studio = of(request)
    return shelf.listed(studio.root, studio.city)


@router.post("/kept/{name}/open", status_code=202)
def open_kept(request: Request, name: Named) -> dict[str, str]:
    """Begin to open a kept run, to compare it."""
    return {"job": of(request).open_kept(name).id}


@router.post("/runs/{name}/keep")
def keep_run(request: Request, name: RunId) -> dict[str, str]:
    """Keep a run, and doing nothing beside it, in the twin folder."""
    studio = of(request)
    found = studio.runs([name])[0]
    made = shelf.keep(studio.root, studio.city, found)
    studio.changed()
    return {"kept": made}

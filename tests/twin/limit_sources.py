"""Sentences on what models cannot see, read from the source: what flows into their ``limits``."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PACKAGES: Final = ("twin", "layers")
SINKS: Final = frozenset({"limits", "substitutes", "doubt"})
"""Fields that hold such sentences: of outcomes, runs, interventions and weather."""
NOTED: Final = ("twin.mobility.", "twin.energy.")
"""Rooms whose ``notes`` their models hand on as limits."""
MISSING: Final = 3
"""Place of what says why a domain cannot be computed, among the parameters of a domain."""
REFUSAL: Final = "NotComputedError"
"""What a domain raises that cannot be computed; a run tells it as a limit."""
REFUSE: Final = (
    *NOTED, "twin.bills", "twin.certificates", "twin.energy_poverty", "twin.houses", "twin.sun", "twin.travel",
)  # fmt: skip
"""Rooms of domains."""
GROWS: Final = frozenset({"append", "extend", "insert"})
Function = ast.FunctionDef | ast.AsyncFunctionDef
Key = tuple[ast.AST | None, str]


@dataclass
class Module:
    """One file: what its names stand for.

    Parameters
    ----------
    nodes
        All there is in it.
    imported
        Name to the file and the name there.
    inside
        Node to the function that it stands in; None for what stands in the file itself.
    given
        Function and name to the values that the name takes there.
    functions
        Name to functions.
    """

    nodes: list[ast.AST] = field(default_factory=list)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)
    inside: dict[ast.AST, ast.AST | None] = field(default_factory=dict)
    given: dict[Key, list[ast.expr]] = field(default_factory=lambda: defaultdict(list))
    functions: dict[str, list[ast.AST]] = field(default_factory=lambda: defaultdict(list))
    results: dict[ast.AST | None, list[ast.expr]] = field(default_factory=lambda: defaultdict(list))


@cache
def sentences() -> Mapping[str, str]:
    """Each sentence with {0} {1} for what is filled in, and the file that it is written in."""
    found: dict[str, str] = {}
    todo = [
        (name, value)
        for name, module in modules().items()
        for node in module.nodes
        for value in [*_sunk(node, _sinks(name)), *_refused(node, name)]
    ]
    seen: set[ast.expr] = set()
    while todo:
        where, node = todo.pop()
        if node in seen:
            continue
        seen.add(node)
        text = _text(node)
        if text is None:
            todo += _next(where, node)
        elif len(text.split()) > 2 and text[-1] == ".":
            found.setdefault(text, where)
    return found


def _sinks(module: str) -> frozenset[str]:
    return SINKS | {"notes"} if module.startswith(NOTED) else SINKS


def _refused(node: ast.AST, module: str) -> Sequence[ast.expr]:
    """Why a domain cannot be computed."""
    if not (isinstance(node, ast.Call) and module.startswith(REFUSE)):
        return ()
    return node.args[:1] if _called(node.func) == REFUSAL else ()


def _sunk(node: ast.AST, sinks: frozenset[str]) -> Iterator[ast.expr]:
    """What is written into a field that holds limits."""
    if isinstance(node, ast.keyword) and node.arg in sinks:
        yield node.value
    if isinstance(node, ast.Call):
        place = _fields().get(_called(node.func), ())
        yield from (one for n, one in enumerate(node.args) if n in place)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        yield from (v for k, v in pairs if isinstance(k, ast.Constant) and k.value in sinks)
    yield from (value for target, value in _assigned(node) if _called(target) in sinks)


@cache
def _fields() -> Mapping[str, tuple[int, ...]]:
    """Class to the places of its fields that hold limits."""
    found: dict[str, tuple[int, ...]] = {"Domain": (MISSING,)}
    for module in modules().values():
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                names = [_called(one.target) for one in node.body if isinstance(one, ast.AnnAssign)]
                place = tuple(n for n, name in enumerate(names) if name in SINKS)
                found |= {node.name: place} if place else {}
    return found


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Targets and values of an assignment, or of what makes a list grow."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                yield from zip(target.elts, node.value.elts, strict=True)
            else:
                yield target, node.value
    elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.For | ast.comprehension):
        yield node.target, node.iter
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from ((node.func.value, one) for one in node.args if node.func.attr in GROWS)


def _called(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _next(where: str, node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """What an expression is made of: its parts, what its names stand for, what calls return."""
    module = modules()[where]
    if isinstance(node, ast.Name):
        yield from _named(where, node.id, module.inside.get(node))
    elif isinstance(node, ast.Attribute):  # a field of a value was a sink where it was made
        file, name = module.imported.get(_called(node.value), ("", ""))
        yield from _named(f"{file}.{name}", node.attr, None)
    elif isinstance(node, ast.IfExp):
        yield from ((where, one) for one in (node.body, node.orelse))
    elif isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
        yield where, node.elt
    elif isinstance(node, ast.Call):
        made = _called(node.func)[:1].isupper()  # a class: its fields are sinks of their own
        yield from () if made else ((where, one) for one in [node.func, *node.args])
    elif not isinstance(node, ast.Subscript | ast.Compare | ast.Lambda):
        yield from ((where, one) for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr))


def _named(where: str, name: str, scope: ast.AST | None) -> Iterator[tuple[str, ast.expr]]:
    """What a name stands for: in its function, else in its file, else in the file it is from."""
    module = modules().get(where)
    if module is None:
        return
    while scope is not None and (scope, name) not in module.given:
        scope = module.inside.get(scope)
    yield from ((where, one) for one in module.given.get((scope, name), ()))
    for function in module.functions.get(name, ()):
        yield from ((where, one) for one in module.results[function])
    if name in module.imported:
        yield from _named(*module.imported[name], None)


def _text(node: ast.expr) -> str | None:
    """A string with {0} {1} for what is filled in; None where there is none."""
    return _parts(node, iter(range(100)))


def _parts(node: ast.AST, holes: Iterator[int]) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(_parts(one, holes) or f"{{{next(holes)}}}" for one in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _parts(node.left, holes), _parts(node.right, holes)
        return None if left is None or right is None else left + right
    return None


@cache
def modules() -> Mapping[str, Module]:
    """All files of the packages by their dotted name."""
    found = {}
    for package in PACKAGES:
        root = Path(str(util.find_spec(package).origin)).parent  # type: ignore[union-attr]
        for path in sorted(root.rglob("*.py")):
            parts = (package, *path.relative_to(root).with_suffix("").parts)
            name = ".".join(part for part in parts if part != "__init__")
            found[name] = Module()
            _read(ast.parse(path.read_text("utf-8")), None, found[name])
    return found


def _read(node: ast.AST, scope: ast.AST | None, module: Module) -> None:
    """Note what a file holds, node by node."""
    for child in ast.iter_child_nodes(node):
        module.nodes.append(child)
        module.inside[child] = scope
        for target, value in _assigned(child):
            module.given[scope, _called(target)].append(value)
        if isinstance(child, ast.ImportFrom) and child.module:
            module.imported |= {a.asname or a.name: (child.module, a.name) for a in child.names}
        if isinstance(child, ast.Return | ast.Yield | ast.YieldFrom) and child.value:
            module.results[scope].append(child.value)
        if isinstance(child, Function):
            module.functions[child.name].append(child)
        _read(child, child if isinstance(child, Function) else scope, module)

"""Text to syntax tree for selections, by an allow-list: nothing outside the grammar gets through.

The grammar is a part of Python's own, so :mod:`ast` parses it; the tree is then walked and every
part that is not allowed is refused, all at once. Nothing is ever compiled or run.
"""

from __future__ import annotations

import ast
import warnings
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from layers.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_LENGTH: Final = 2_000
"""Longest expression [characters]."""
MAX_DEPTH: Final = 60
"""Deepest nesting [1]."""
SHOWN: Final = 80
"""Characters of an expression that an error repeats [1]."""
KNOWN_SHOWN: Final = 12
"""Names that an error lists when none is near [1]."""

CONSTANTS: Final[Mapping[str, bool]] = {"true": True, "false": False}
STATES: Final = ("missing", "known")
FUNCTIONS: Final[Mapping[str, int]] = {"lower": 1, "contains": 2, "startswith": 2, "endswith": 2}
"""Functions of text and how many values they take."""

COMPARISONS: Final = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
ARITHMETIC: Final = (ast.Add, ast.Sub, ast.Mult, ast.Div)

_GRAMMAR: Final = (
    "Use == != < <= > >=, in, and, or, not, + - * /, 'is missing', 'is known'; text in quotes."
)

_ADVICE: Final[Mapping[type[ast.AST], str]] = {
    ast.BitAnd: "Write 'and'.",
    ast.BitOr: "Write 'or'.",
    ast.Invert: "Write 'not'.",
    ast.Attribute: "A column's name has no dot.",
    ast.Subscript: "Lists stand only behind 'in'.",
    ast.Is: "Behind 'is' stands only missing or known.",
    ast.IsNot: "Behind 'is not' stands only missing or known.",
}


class RefusedError(Exception):
    """A part of the expression that cannot be evaluated."""

    def __init__(self, node: ast.AST, reason: str, advice: str = "") -> None:
        super().__init__(reason)
        self.fault = Fault(place(node), reason, advice)


def parse(text: str) -> ast.expr:
    """Parse the text and refuse whatever is outside the grammar, all faults at once.

    Raises
    ------
    InputError
        If the text is empty, too long, too deep, or uses something outside the grammar.
    """
    try:
        tree = _syntax(text)
    except RefusedError as error:
        raise InputError.of(quoted(text), [error.fault]) from None
    faults = list(_forbidden(tree))
    if faults:
        raise InputError.of(quoted(text), faults)
    return tree


def columns(text: str) -> list[str]:
    """Names of the columns that an expression uses, in order of appearance."""
    return list(dict.fromkeys(node.id for node in names(parse(text))))


def near(name: str, known: Sequence[str]) -> str:
    """Advice that names what was probably meant, or what there is if nothing is near."""
    matches = get_close_matches(name, known, n=3, cutoff=0.6)
    if matches:
        return f"Did you mean {' or '.join(repr(match) for match in matches)}?"
    more = "" if len(known) <= KNOWN_SHOWN else f" and {len(known) - KNOWN_SHOWN} more"
    return f"There is {', '.join(known[:KNOWN_SHOWN])}{more}." if known else ""


def quoted(text: str) -> str:
    """Shorten an expression to what an error can show."""
    shown = text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
    return f"expression {shown!r}"


def place(node: ast.AST) -> str:
    """Say where a node stands in the text."""
    return f"character {getattr(node, 'col_offset', 0) + 1}"


def _syntax(text: str) -> ast.expr:
    start = ast.Pass(col_offset=0)
    if not text.strip():
        raise RefusedError(start, "is empty.", "Write a comparison, as in: year < 1980.")
    if len(text) > MAX_LENGTH:
        raise RefusedError(start, f"is longer than {MAX_LENGTH} characters.", "Shorten it.")
    if "\\" in text:
        raise RefusedError(start, "holds a backslash.", "It has no meaning here; remove it.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            # Line breaks of a YAML block are spaces here; names keep their offsets.
            tree = ast.parse(text.replace("\n", " ").strip(), mode="eval").body
    except SyntaxError as error:
        place = ast.Pass(col_offset=max((error.offset or 1) - 1, 0))
        raise RefusedError(place, "is no expression.", _syntax_advice(text)) from None
    except (RecursionError, MemoryError, ValueError):
        raise RefusedError(start, "is nested too deeply or holds odd characters.",
                            "Simplify it.") from None  # fmt: skip
    if _depth(tree) > MAX_DEPTH:
        raise RefusedError(start, f"is nested deeper than {MAX_DEPTH}.", "Simplify it.")
    return tree


def _syntax_advice(text: str) -> str:
    bare = text.replace("==", "").replace("!=", "").replace("<=", "").replace(">=", "")
    if "=" in bare:
        return "Compare with ==, not =."
    if any(word in text.split() for word in ("AND", "OR", "NOT", "IN", "&&", "||")):
        return "Write and, or, not and in, in small letters."
    return _GRAMMAR


def _depth(tree: ast.AST) -> int:
    depth, level = 0, [tree]
    while level:
        depth += 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return depth


_ALLOWED: Final = (
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp,
    *ARITHMETIC, ast.Compare, *COMPARISONS, ast.In, ast.NotIn, ast.Is, ast.IsNot, ast.Name,
    ast.Load, ast.Constant, ast.List, ast.Tuple, ast.Call,
)  # fmt: skip


def _forbidden(tree: ast.expr) -> Iterator[Fault]:
    """Every part that the grammar has not, once, at its outermost place."""
    stack: list[tuple[ast.AST, ast.AST]] = [(tree, tree)]
    refused = False
    while stack:
        node, parent = stack.pop()
        spot = node if hasattr(node, "col_offset") else parent
        reason = _refusal(node, parent)
        if reason:
            advice = _ADVICE.get(type(node), _GRAMMAR)
            yield Fault(place(spot), reason, advice)
            refused = True
            continue
        stack += [(child, spot) for child in ast.iter_child_nodes(node)]
    if not refused and not names(tree):
        yield Fault("", "names no column.", "Compare a column with something.")


def _refusal(node: ast.AST, parent: ast.AST) -> str:
    if not isinstance(node, _ALLOWED):
        return f"{_what(node)} is not allowed."
    if isinstance(node, ast.Constant) and not isinstance(node.value, (bool, int, float, str)):
        return f"{node.value!r} is not allowed; use numbers and text."
    if isinstance(node, ast.Call):
        return _call_refusal(node)
    if isinstance(node, (ast.List, ast.Tuple)):
        return _list_refusal(node, parent)
    if isinstance(node, ast.Compare):
        return _is_refusal(node)
    return ""


def _what(node: ast.AST) -> str:
    symbols = {ast.BitAnd: "&", ast.BitOr: "|", ast.Invert: "~", ast.Pow: "**", ast.Mod: "%",
               ast.FloorDiv: "//", ast.BitXor: "^"}  # fmt: skip
    kind = type(node)
    return repr(symbols[kind]) if kind in symbols else f"A Python {kind.__name__.lower()}"


def _call_refusal(node: ast.Call) -> str:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in FUNCTIONS:
        return f"The only functions are {', '.join(FUNCTIONS)}."
    wanted = FUNCTIONS[name]
    if node.keywords or len(node.args) != wanted:
        return f"{name} takes {wanted} value{'s' if wanted > 1 else ''} in brackets."
    return ""


def _list_refusal(node: ast.List | ast.Tuple, parent: ast.AST) -> str:
    if not isinstance(parent, ast.Compare) or node is parent.left:
        return "A list stands only behind 'in'."
    if not all(isinstance(_unsigned(item), ast.Constant) for item in node.elts):
        return "A list holds only numbers or text."
    return ""


def _is_refusal(node: ast.Compare) -> str:
    for operator, right in zip(node.ops, node.comparators, strict=True):
        state = isinstance(right, ast.Name) and right.id in STATES
        if isinstance(operator, (ast.Is, ast.IsNot)) and not state:
            return "Behind 'is' stands only missing or known."
        listed = isinstance(right, (ast.List, ast.Tuple))
        if isinstance(operator, (ast.In, ast.NotIn)) != listed:
            return "A list in [ ] stands behind 'in', and only there."
    return ""


def _unsigned(node: ast.expr) -> ast.expr:
    return node.operand if isinstance(node, ast.UnaryOp) else node


def names(tree: ast.AST) -> list[ast.Name]:
    """Columns that a tree names, as they stand in the text; no functions, no reserved words."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    reserved = {*STATES, *CONSTANTS}
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in reserved
    ]
    return sorted(found, key=lambda node: node.col_offset)


def texts(nodes: list[ast.expr]) -> Iterator[str]:
    """Texts in quotes among nodes and lists of them."""
    for node in nodes:
        items = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node]
        for item in items:
            if isinstance(item, ast.Constant) and isinstance(item.value, str):
                yield item.value

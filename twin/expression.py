"""Selections as text: a small, safe grammar over the columns of a table.

``use in ['house', 'terrace'] and year < 1980 and not (heating == 'heat_pump')``

Comparisons (``== != < <= > >=``, chained too), ``in`` and ``not in`` a list, ``and or not``,
arithmetic ``+ - * /``, ``column is missing`` and ``column is known``, and the text functions of
`twin.grammar.FUNCTIONS`. Nothing is ever compiled or run.

A missing value is neither equal nor unequal to anything (three-valued logic of Kleene, as in SQL):
``year < 1950`` and ``not (year < 1950)`` both leave out buildings of unknown year.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pandas as pd

from layers.errors import Fault, InputError
from twin.grammar import CONSTANTS, STATES, RefusedError, names, near, parse, place, quoted, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    Flags: TypeAlias = NDArray[np.bool_]

HINTS: Final = 3
"""Hints that are given at once [1]."""
SEARCHED: Final = 2_000
"""Most frequent values that are searched for near matches [1]."""

_COMPARE: Final[Mapping[type[ast.cmpop], Callable[..., Flags]]] = {
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
_ARITHMETIC: Final[Mapping[type[ast.operator], Callable[..., NDArray[np.float64]]]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}


@dataclass(frozen=True)
class _Truth:
    """Yes, no, or neither because something is missing."""

    yes: Flags
    no: Flags


@dataclass(frozen=True)
class _Number:
    data: NDArray[np.float64]  # NaN where missing


@dataclass(frozen=True)
class _Text:
    data: pd.Series | str


_Value: TypeAlias = _Truth | _Number | _Text


def evaluate(text: str, frame: pd.DataFrame) -> pd.Series:
    """Select rows of a table by an expression over its columns.

    Parameters
    ----------
    text
        The expression; see the head of this module.
    frame : (rows, columns)
        Table whose columns the expression names.

    Returns
    -------
    selected : (rows,) bool
        True where the expression certainly holds; the table's index.

    Raises
    ------
    InputError
        If the text is no expression, names columns that are not there (all of them are listed,
        with near matches) or compares what cannot be compared.
    """
    value = _walk(text, frame)
    if not isinstance(value, _Truth):
        fault = Fault("", "gives no yes or no.", "Compare it with something, as in: levels > 2.")
        raise InputError.of(quoted(text), [fault])
    return pd.Series(np.broadcast_to(value.yes, len(frame)).copy(), index=frame.index)


def numbers(text: str, frame: pd.DataFrame) -> NDArray[np.float64]:
    """Evaluate an arithmetic expression, as for a rank.

    Parameters
    ----------
    text
        Expression that gives a number, as ``-floor_area`` or ``people / floor_area``.
    frame : (rows, columns)
        Table whose columns the expression names.

    Returns
    -------
    values : (rows,) float64
        NaN where something is missing or divided by zero.

    Raises
    ------
    InputError
        As `evaluate`.
    """
    value = _walk(text, frame)
    if not isinstance(value, _Number):
        fault = Fault("", "gives no number.", "Name a column of numbers, as in: -floor_area.")
        raise InputError.of(quoted(text), [fault])
    return np.broadcast_to(value.data, len(frame)).copy()


def hints(selection: str, frame: pd.DataFrame) -> list[str]:
    """Texts in the expression that no row of their column holds, each with near matches."""
    found: list[str] = []
    for node in ast.walk(parse(selection)):
        if not isinstance(node, ast.Compare) or not isinstance(node.left, ast.Name):
            continue
        name = node.left.id
        if name not in frame.columns or not _is_text(frame[name]):
            continue
        held = frame[name].dropna().value_counts().index.astype("str")
        common = held[:SEARCHED].tolist()
        absent = [text for text in texts(node.comparators) if text not in held]
        found += [f"No row has {name} {text!r}. {near(text, common)}" for text in absent[:HINTS]]
    return found[:HINTS]


def _walk(text: str, frame: pd.DataFrame) -> _Value:
    tree = parse(text)
    faults = list(_unknown(tree, frame))
    if faults:
        raise InputError.of(quoted(text), faults)
    try:
        with np.errstate(all="ignore"):
            return _evaluate(tree, frame)
    except RefusedError as error:
        raise InputError.of(quoted(text), [error.fault]) from None


def _unknown(tree: ast.expr, frame: pd.DataFrame) -> Iterator[Fault]:
    known = [str(name) for name in frame.columns]
    reported = set()
    for node in names(tree):
        if node.id not in known and node.id not in reported:
            reported.add(node.id)
            advice = near(node.id, known)
            yield Fault(place(node), f"There is no column {node.id!r}.",
                        f"{advice} If it is text, put it in quotes.")  # fmt: skip


def _evaluate(node: ast.expr, frame: pd.DataFrame) -> _Value:
    return _BY_NODE[type(node)](node, frame)


def _calculated(node: ast.BinOp, frame: pd.DataFrame) -> _Number:
    left, right = (_number(part, frame) for part in (node.left, node.right))
    values = _ARITHMETIC[type(node.op)](left, right)
    return _Number(np.where(np.isfinite(values), values, np.nan))


def _constant(node: ast.Constant, _: pd.DataFrame | None = None) -> _Value:
    if isinstance(node.value, bool):
        return _Truth(np.array(node.value), np.array(not node.value))
    if isinstance(node.value, str):
        return _Text(node.value)
    try:
        number = float(node.value)  # type: ignore[arg-type]  # the parser let only numbers through
    except OverflowError:
        number = np.inf
    if not np.isfinite(number):
        raise RefusedError(node, "A number is too large.")
    return _Number(np.array(number))


def _column(node: ast.Name, frame: pd.DataFrame) -> _Value:
    if node.id in CONSTANTS:
        return _constant(ast.Constant(CONSTANTS[node.id]))
    if node.id in STATES:
        raise RefusedError(node, f"{node.id!r} stands only behind 'is'.",
                            "As in: height is missing.")  # fmt: skip
    values = frame[node.id]
    if pd.api.types.is_bool_dtype(values.dtype):
        yes = values.to_numpy(dtype=bool)
        return _Truth(yes, ~yes)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return _Number(values.to_numpy(dtype=np.float64))
    if _is_text(values):
        return _Text(values)
    raise RefusedError(node, f"{node.id!r} holds {values.dtype}, not numbers or text.",
                        "Select by place with polygon or drawn.")  # fmt: skip


def _is_text(values: pd.Series) -> bool:
    return isinstance(values.dtype, pd.StringDtype)


def _number(node: ast.expr, frame: pd.DataFrame) -> NDArray[np.float64]:
    value = _evaluate(node, frame)
    if not isinstance(value, _Number):
        raise RefusedError(node, f"{_said(node)} is {_kind(value)}, a number is needed.")
    return value.data


def _truth(node: ast.expr, frame: pd.DataFrame) -> _Truth:
    value = _evaluate(node, frame)
    if not isinstance(value, _Truth):
        raise RefusedError(node, f"{_said(node)} is {_kind(value)}, no yes or no.",
                            "Compare it with something.")  # fmt: skip
    return value


def _said(node: ast.AST) -> str:
    return ast.unparse(node)


def _kind(value: _Value) -> str:
    return {_Truth: "yes or no", _Number: "a number", _Text: "text"}[type(value)]


def _joined(node: ast.BoolOp, frame: pd.DataFrame) -> _Truth:
    parts = [_truth(part, frame) for part in node.values]  # noqa: PD011 - a syntax node
    return reduce(_both if isinstance(node.op, ast.And) else _either, parts)


def _both(one: _Truth, other: _Truth) -> _Truth:
    return _Truth(one.yes & other.yes, one.no | other.no)


def _either(one: _Truth, other: _Truth) -> _Truth:
    return _Truth(one.yes | other.yes, one.no & other.no)


def _signed(node: ast.UnaryOp, frame: pd.DataFrame) -> _Value:
    if isinstance(node.op, ast.Not):
        value = _truth(node.operand, frame)
        return _Truth(value.no, value.yes)
    values = _number(node.operand, frame)
    return _Number(-values if isinstance(node.op, ast.USub) else values)


def _compared(node: ast.Compare, frame: pd.DataFrame) -> _Truth:
    lefts = [node.left, *node.comparators[:-1]]
    pairs = zip(lefts, node.ops, node.comparators, strict=True)
    return reduce(_both, (_pair(*pair, frame) for pair in pairs))


def _pair(left: ast.expr, operator: ast.cmpop, right: ast.expr, frame: pd.DataFrame) -> _Truth:
    value = _evaluate(left, frame)
    if isinstance(operator, (ast.Is, ast.IsNot)):
        assert isinstance(right, ast.Name)
        missing = ~_present(value)
        wanted = (right.id == "missing") == isinstance(operator, ast.Is)
        return _Truth(missing, ~missing) if wanted else _Truth(~missing, missing)
    if isinstance(operator, (ast.In, ast.NotIn)):
        assert isinstance(right, (ast.List, ast.Tuple))
        result = _listed(left, value, right, frame)
        return _Truth(result.no, result.yes) if isinstance(operator, ast.NotIn) else result
    return _related(left, value, operator, right, _evaluate(right, frame))


def _present(value: _Value) -> Flags:
    if isinstance(value, _Truth):
        return value.yes | value.no
    if isinstance(value, _Number):
        return ~np.isnan(value.data)
    if isinstance(value.data, str):
        return np.array(True)  # noqa: FBT003 - an array of one yes
    return np.asarray(value.data.notna(), dtype=bool)


def _listed(
    left: ast.expr, value: _Value, right: ast.List | ast.Tuple, frame: pd.DataFrame
) -> _Truth:
    yes = np.zeros(len(frame), dtype=bool)
    for item in right.elts:
        yes |= _related(left, value, ast.Eq(), item, _evaluate(item, frame)).yes
    return _Truth(yes, ~yes & _present(value))


def _related(
    left: ast.expr, value: _Value, operator: ast.cmpop, right: ast.expr, other: _Value
) -> _Truth:
    if type(value) is not type(other):
        raise RefusedError(
            left,
            f"{_said(left)} is {_kind(value)}, {_said(right)} is {_kind(other)}.",
            "Numbers stand without quotes, text with quotes.",
        )
    equality = isinstance(operator, (ast.Eq, ast.NotEq))
    if not equality and not isinstance(value, _Number):
        raise RefusedError(left, f"{_said(left)} is {_kind(value)}; it has no order.",
                            "Compare it with == or in.")  # fmt: skip
    known = _present(value) & _present(other)
    yes = _relation(value, operator, other) & known
    return _Truth(yes, ~yes & known)


def _relation(value: _Value, operator: ast.cmpop, other: _Value) -> Flags:
    compare = _COMPARE[type(operator)]
    if isinstance(value, _Text) and isinstance(other, _Text):
        same = _same(value, other)
        return same if isinstance(operator, ast.Eq) else ~same
    if isinstance(value, _Truth) and isinstance(other, _Truth):
        return compare(value.yes, other.yes)
    assert isinstance(value, _Number)
    assert isinstance(other, _Number)
    return compare(value.data, other.data)


def _same(value: _Text, other: _Text) -> Flags:
    if isinstance(value.data, str) and isinstance(other.data, str):
        return np.array(value.data == other.data)
    if isinstance(value.data, str):
        value, other = other, value
    assert isinstance(value.data, pd.Series)
    return np.asarray(value.data.eq(other.data).fillna(value=False), dtype=bool)


_TESTS: Final[Mapping[str, Callable[[pd.Series, str], pd.Series]]] = {
    "contains": lambda values, part: values.str.contains(part, regex=False),
    "startswith": lambda values, part: values.str.startswith(part),
    "endswith": lambda values, part: values.str.endswith(part),
}
"""Tests of a column's text, as ``contains(name, 'gade')``."""


def _called(node: ast.Call, frame: pd.DataFrame) -> _Value:
    assert isinstance(node.func, ast.Name)
    name = node.func.id
    values = [_evaluate(part, frame) for part in node.args]
    for part, value in zip(node.args, values, strict=True):
        if not isinstance(value, _Text):
            raise RefusedError(part, f"{name} takes text; {_said(part)} is {_kind(value)}.")
    first = values[0]
    assert isinstance(first, _Text)
    if name == "lower":
        text = first.data
        return _Text(text.lower() if isinstance(text, str) else text.str.lower())
    second = values[1]
    assert isinstance(second, _Text)
    if isinstance(first.data, str) or not isinstance(second.data, str):
        raise RefusedError(node, f"{name} takes a column, then a text in quotes.")
    known = first.data.notna().to_numpy()
    yes = _TESTS[name](first.data, second.data).fillna(value=False).to_numpy(dtype=bool) & known
    return _Truth(yes, ~yes & known)


_BY_NODE: Final[Mapping[type[ast.expr], Callable[..., _Value]]] = {
    ast.BoolOp: _joined,
    ast.Compare: _compared,
    ast.UnaryOp: _signed,
    ast.BinOp: _calculated,
    ast.Call: _called,
    ast.Name: _column,
    ast.Constant: _constant,
}

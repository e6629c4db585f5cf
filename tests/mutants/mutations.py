"""Makes the one-token mutations of a module: each is one slip of a pen that the language still takes."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
}  # fmt: skip
"""What each comparison becomes: its neighbour at the boundary, and its opposite."""

PAIRED = {ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn}

SIGNS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or, ast.Or: ast.And}

NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}

SMALL = 10
"""Whole numbers below it are changed in both directions, others in one."""

SHORT = 16
"""Characters of code around a change that are shown at least, so that it is known again."""

LONG = 110

UNREAD = {"annotation", "returns", "decorator_list", "bases", "type_params"}
"""Parts of the tree of which nothing happens when a test runs, or nothing that a promise is about."""


@dataclass(frozen=True)
class Edit:
    """A part of the tree, and what is put in its place.

    Attributes:
        holder: the node, or the list in a node, that has the part.
        place: its field, or its index.
        new: what is put there.
        shown: the node by whose code the change is told.
    """

    holder: Any
    place: Any
    new: Any
    shown: ast.AST

    def swap(self) -> Edit:
        """Make the change; what comes back takes it back."""
        if isinstance(self.holder, list):
            old, self.holder[self.place] = self.holder[self.place], self.new
        else:
            old = getattr(self.holder, self.place)
            setattr(self.holder, self.place, self.new)
        return Edit(self.holder, self.place, old, self.shown)


@dataclass(frozen=True)
class Mutation:
    """A change of one token.

    Attributes:
        function: qualified name of the function or class in which it is; empty at the top of the module.
        line: of the token.
        change: code before and after; with a number where a function has the same change more than once.
        number: of the mutation, in the order of the module.
    """

    function: str
    line: int
    change: str
    number: int

    @property
    def key(self) -> str:
        """By what it is known again when lines have moved."""
        return f"{self.function}: {self.change}"


@dataclass(frozen=True)
class Context:
    """Where in the tree a walk is.

    Attributes:
        function: qualified name of what is around.
        judges: whether that is a function that says yes or no.
        around: the nodes from the statement inwards.
        last: whether nothing comes after the statement in its function.
    """

    function: str = ""
    judges: bool = False
    around: tuple[ast.AST, ...] = ()
    last: bool = False


def mutations(source: str) -> list[Mutation]:
    """All mutations of a module, in its order."""
    found: list[Mutation] = []
    met: Counter[tuple[str, str]] = Counter()
    for number, (context, node, edit) in enumerate(_edits(ast.parse(source), Context())):
        change = _told(edit)
        met[context.function, change] += 1
        again = met[context.function, change]
        line = getattr(node, "lineno", 0) or edit.shown.lineno
        found.append(Mutation(context.function, line, change + (f" ({again})" if again > 1 else ""), number))
    return found


def mutated(source: str, number: int) -> ast.Module:
    """The tree of a module with one mutation."""
    tree = ast.parse(source)
    for count, (_, _, edit) in enumerate(_edits(tree, Context())):
        if count == number:
            edit.swap()
            return ast.fix_missing_locations(tree)
    raise ValueError(f"the module has no mutation {number}")


def _told(edit: Edit) -> str:
    before = _code(edit.shown)
    back = edit.swap()
    after = "" if edit.new is back.shown or isinstance(edit.new, ast.Pass) else _code(edit.shown)
    back.swap()
    if isinstance(edit.new, ast.stmt) and edit.shown is back.new:
        after = "" if isinstance(edit.new, ast.Pass) or _code(edit.new) == "yield from ()" else _code(edit.new)
    return f"{before} → {after or 'dropped'}"


def _code(node: ast.AST) -> str:
    """The code of an expression, or the first line of a statement."""
    lines = ast.unparse(ast.fix_missing_locations(node)).splitlines()
    first = next((line for line in lines if not line.startswith("@")), "")
    return first if len(first) <= LONG else f"{first[:LONG]}…"


# --- where -----------------------------------------------------------------------------------------------


def _edits(node: ast.AST, context: Context) -> Iterator[tuple[Context, ast.AST, Edit]]:
    """Walk through a tree, and tell every change that it can have."""
    for field, value in ast.iter_fields(node):
        if field in UNREAD or (field == "orelse" and not value):
            continue
        children = list(enumerate(value)) if isinstance(value, list) else [(field, value)]
        holder = value if isinstance(value, list) else node
        for place, child in children:
            if isinstance(child, ast.AST) and not _is_passed_over(child):
                inner = _inside(context, node, child, last=holder is value and place == len(children) - 1)
                yield from ((inner, child, edit) for edit in _changes(child, holder, place, inner))
                yield from _edits(child, inner)


def _is_passed_over(node: ast.AST) -> bool:
    """Whether a part is text for people or for a type checker."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.JoinedStr)


def _inside(context: Context, parent: ast.AST, node: ast.AST, *, last: bool) -> Context:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        name = f"{context.function}.{node.name}".lstrip(".")
        judges = isinstance(node, ast.FunctionDef) and ast.unparse(node.returns or ast.Constant(None)) == "bool"
        return Context(name, judges, (node,))
    inside = isinstance(parent, ast.If | ast.With | ast.Try | ast.ExceptHandler)
    ends = last and (isinstance(parent, ast.FunctionDef) or (inside and context.last))
    around = (node,) if isinstance(node, ast.stmt) else (*context.around, node)
    return Context(context.function, context.judges, around, ends if isinstance(node, ast.stmt) else context.last)


def _shown(context: Context) -> ast.AST:
    """The smallest part around a change by whose code it is known again."""
    parts = [part for part in reversed(context.around) if isinstance(part, ast.expr | ast.stmt)]
    return next((part for part in parts if len(_code(part)) >= SHORT), parts[-1])


# --- what ------------------------------------------------------------------------------------------------


def _changes(node: ast.AST, holder: Any, place: Any, context: Context) -> Iterator[Edit]:
    """All changes of one node itself, not of its parts."""
    if isinstance(node, ast.stmt):
        yield from _of_statement(node, holder, place, context)
    if isinstance(node, ast.expr):
        shown = _shown(context)
        for new in _of_expression(node):
            # Where the whole of what is shown is replaced, its holder has to be shown.
            yield Edit(holder, place, new, _holder_of(context, node) if shown is node else shown)
        yield from _within(node, shown)
    if isinstance(node, ast.comprehension):
        shown = _shown(context)
        yield from (Edit(node.ifs, at, _not(one), shown) for at, one in enumerate(node.ifs) if _is_plain(one))


def _holder_of(context: Context, node: ast.AST) -> ast.AST:
    outer = [part for part in context.around if part is not node and isinstance(part, ast.expr | ast.stmt)]
    return outer[-1] if outer else node


def _of_statement(node: ast.stmt, holder: Any, place: Any, context: Context) -> Iterator[Edit]:
    early = isinstance(node, ast.Return) and not context.last
    if early or isinstance(node, ast.Continue | ast.Break | ast.Raise):
        yield Edit(holder, place, ast.Pass(), node)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield Edit(holder, place, ast.Pass(), node)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
        yield Edit(holder, place, ast.Expr(ast.YieldFrom(ast.Tuple([], ast.Load()))), node)
    if isinstance(node, ast.Return) and context.judges and node.value is not None and not _turns_round(node.value):
        yield Edit(node, "value", _not(node.value), node)
    if isinstance(node, ast.If | ast.While) and _is_plain(node.test):
        yield Edit(node, "test", _not(node.test), node)
    if isinstance(node, ast.AugAssign) and type(node.op) in SIGNS:
        yield Edit(node, "op", SIGNS[type(node.op)](), node)


def _is_plain(test: ast.expr) -> bool:
    """Whether nothing else turns a condition round."""
    return not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant)


def _turns_round(value: ast.expr) -> bool:
    """Whether another mutation turns a yes into a no already."""
    compares = isinstance(value, ast.Compare) and len(value.ops) == 1 and type(value.ops[0]) in PAIRED
    return compares or isinstance(value, ast.UnaryOp | ast.Constant)


def _not(value: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), value)


def _of_expression(node: ast.expr) -> Iterator[ast.expr]:
    """What can stand in place of an expression."""
    if isinstance(node, ast.Constant):
        yield from map(ast.Constant, _other_values(node.value))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    elif isinstance(node, ast.Name) and node.id in NAMES:
        yield ast.Name(NAMES[node.id], ast.Load())
    elif isinstance(node, ast.Set):
        for left_out in node.elts:
            rest = [one for one in node.elts if one is not left_out]
            yield ast.Set(rest) if rest else ast.Call(ast.Name("set", ast.Load()), [], [])
    elif isinstance(node, ast.Tuple) and len(node.elts) > 1 and all(map(_is_fixed, node.elts)):
        yield from (ast.Tuple([one for one in node.elts if one is not left_out], ast.Load()) for left_out in node.elts)


def _is_fixed(node: ast.expr) -> bool:
    """Whether a part of a tuple is a text or the name of a constant: then the tuple is a list of things to look at."""
    text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return text or (isinstance(node, ast.Name) and node.id.isupper())


def _other_values(value: object) -> list[object]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1] if value < SMALL else [value + 1]
    return []


def _within(node: ast.expr, shown: ast.AST) -> Iterator[Edit]:
    """Changes of an operator."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            yield from (Edit(node.ops, place, new(), shown) for new in COMPARISONS[type(operator)])
    elif isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in SIGNS:
        yield Edit(node, "op", SIGNS[type(node.op)](), shown)
    elif isinstance(node, ast.IfExp) and _is_plain(node.test):
        yield Edit(node, "test", _not(node.test), shown)

"""The functions by name: how many arguments each takes, and how it wants them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., Any])

FUNCTIONS: dict[str, Function] = {}
"""All functions, by their case-sensitive names."""

REFUSED = {
    "SelectUniqueValue": "Entra offers it only for Workday, SuccessFactors and API-driven provisioning to on-premises "
    "Active Directory, never for a SCIM application; map an attribute that is unique already",
}
"""Functions of Microsoft's list that a SCIM application cannot use, and why."""


@dataclass(frozen=True)
class Function:
    """A function of the expression language.

    Attributes:
        name: case-sensitive.
        parameters: as Microsoft's reference names them, for messages.
        least, most: number of arguments; most is None where there is no bound.
        handler: takes the values of the arguments; with ``lazy`` the scope and the unevaluated arguments.
        lazy: whether it evaluates its arguments itself.
        contextual: whether the context comes before the values.
        strict: whether null for the first argument yields null, without a call.
        check: looks at the unevaluated arguments when the expression is read, and says what is wrong.
    """

    name: str
    parameters: str
    least: int
    most: int | None
    handler: Callable[..., Any]
    lazy: bool = False
    contextual: bool = False
    strict: bool = False
    check: Callable[..., str | None] | None = None

    @property
    def usage(self) -> str:
        """How it is written."""
        return f"{self.name}({self.parameters})"

    def miscounted(self, count: int) -> str | None:
        """What is wrong with a number of arguments, or None."""
        if self.least <= count and (self.most is None or count <= self.most):
            return None
        if self.most is None:
            bound = f"at least {self.least}"
        elif self.least == self.most:
            bound = str(self.least) if self.least else "no"
        else:
            bound = f"{self.least} to {self.most}"
        takes = f"{self.name} takes {bound} argument{'' if bound == '1' else 's'}"
        return f"{takes}, but {count} {'is' if count == 1 else 'are'} given"


def function(
    name: str, parameters: str = "", *, least: int = 0, most: int | None = 0, **how: Any
) -> Callable[[Handler], Handler]:
    """Register a handler under a function's name.

    Args:
        name: as Microsoft spells it.
        parameters: their names, for messages.
        least: number of arguments at least.
        most: and at most; None for any number.
        how: the other fields of ``Function``.
    """

    def register(handler: Handler) -> Handler:
        FUNCTIONS[name] = Function(name, parameters, least, most, handler, **how)
        return handler

    return register

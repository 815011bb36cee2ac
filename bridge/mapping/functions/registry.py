"""One registry of every function an expression may call: types, docstring and examples together.

A function is plain Python. Its annotations are its types: they are checked when a mapping is loaded
(literals) and when it runs (values), and they print in the docs. Null is handled here for all: a
null where a value is needed gives null, so that no function has to think of it.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.errors import ExpressionError
from bridge.mapping.functions.kinds import ARTICLES, WORDS, kind_of, kinds_in, ordinal
from bridge.model import Json

LONGEST = 1_000_000
"""Characters (of a text) and values (of a list) that no function's result exceeds."""

IntercomType = typing.Literal["string", "integer", "float", "boolean", "date"]


@dataclass(slots=True)
class Context:
    """What one evaluation may use besides its scope, and what it remarks.

    `tables` are those of the mapping. `warnings` name no values of the payload but table entries
    that are missing; each is kept once, the first twenty.
    """

    tables: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def warn(self, message: str) -> None:
        """Take a remark for the event, once."""
        if message not in self.warnings and len(self.warnings) < 20:
            self.warnings.append(message)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: its name, the kinds of value it takes (empty: any), whether it may be left."""

    name: str
    kinds: frozenset[str]
    optional: bool = False
    variadic: bool = False

    def __str__(self) -> str:
        kinds = " or ".join(WORDS[kind] for kind in sorted(self.kinds - {"null"})) or "any"
        shown = f"{self.name}: {kinds}" + (" …" if self.variadic else "")
        return f"[{shown}]" if self.optional else shown


@dataclass(frozen=True, slots=True)
class Example:
    """An expression, what it gives, and for what scope; run as a test, printed in the docs."""

    expression: str
    gives: Json
    scope: Mapping[str, Json] = field(default_factory=dict)
    warns: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the language as it is declared.

    `gives` is the Intercom type of its result, None where that depends on what it is given;
    `passes` says that the result is one of its arguments, so that their type is its type.
    """

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    gives: IntercomType | None
    passes: bool
    takes_null: bool
    wants_context: bool
    examples: tuple[Example, ...]
    body: Callable[..., Json]

    @property
    def signature(self) -> str:
        """Give it as the docs show it: `split(text: text, separator: text)`."""
        return f"{self.name}({', '.join(str(one) for one in self.parameters)})"

    @property
    def least(self) -> int:
        """Give the smallest number of arguments."""
        return sum(not (one.optional or one.variadic) for one in self.parameters)

    @property
    def most(self) -> int | None:
        """Give the largest number of arguments, None where there is no end."""
        return None if self.parameters[-1].variadic else len(self.parameters)

    def parameter(self, index: int) -> Parameter:
        """Give the parameter that the argument at `index` (from 0) is for."""
        return self.parameters[min(index, len(self.parameters) - 1)]

    def __call__(self, arguments: Sequence[Json], context: Context) -> Json:
        """Apply it; null where a value is needed but null; ExpressionError on a wrong type."""
        if not self.takes_null and arguments[0] is None:
            return None
        for index, argument in enumerate(arguments):
            allowed = self.parameter(index).kinds
            if allowed and (kind := kind_of(argument)) not in allowed:
                if kind == "null":
                    return None
                raise self.refusal(index, kind)
        if self.wants_context:
            return self.body(*arguments, context=context)
        return self.body(*arguments)

    def refusal(self, index: int, kind: str) -> ExpressionError:
        """Make the error for an argument of the wrong kind."""
        return ExpressionError(
            f"{self.name}() takes {self.wanted(index)} as its {ordinal(index)} argument, "
            f"not {ARTICLES[kind]}."
        )

    def wanted(self, index: int) -> str:
        """Say in words what the argument at `index` may be."""
        return " or ".join(ARTICLES[one] for one in sorted(self.parameter(index).kinds - {"null"}))


REGISTRY: dict[str, Function] = {}
"""Every function by name; filled while `bridge.mapping.functions` is imported, then only read."""


def function(
    *,
    examples: Sequence[Example],
    gives: IntercomType | None = None,
    name: str | None = None,
    passes: bool = False,
    takes_null: bool = False,
) -> Callable[[Callable[..., Json]], Callable[..., Json]]:
    """Declare a function of the language; the word before a trailing `_` is its name."""

    def declare(body: Callable[..., Json]) -> Callable[..., Json]:
        hints = typing.get_type_hints(body)
        named = inspect.signature(body).parameters
        own = name or body.__name__.rstrip("_")
        REGISTRY[own] = Function(
            name=own,
            doc=inspect.cleandoc(body.__doc__ or ""),
            parameters=tuple(
                _parameter(one, hints[one.name]) for one in named.values() if one.name != "context"
            ),
            gives=gives,
            passes=passes,
            takes_null=takes_null,
            wants_context="context" in named,
            examples=tuple(examples),
            body=body,
        )
        return body

    return declare


def _parameter(one: inspect.Parameter, hint: Any) -> Parameter:
    optional = one.default is not inspect.Parameter.empty
    return Parameter(one.name, kinds_in(hint), optional, one.kind is one.VAR_POSITIONAL)

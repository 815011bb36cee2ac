"""One declaration per operation: from it come the Python function, the command, the HTTP route,
the row in docs/operations.md and the entry in /openapi.json.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from difflib import get_close_matches
from functools import wraps
from inspect import Parameter as Given
from inspect import getdoc, signature
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar, get_args, get_origin
from typing import get_type_hints as hints

from bridge.intercom.client import Client
from bridge.intercom.operations import json_text
from bridge.intercom.operations.errors import BadParameter, NothingSent
from bridge.intercom.operations.kinds import Kind
from bridge.intercom.operations.workspace import Work, Workspace
from bridge.model import Json

P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What every result has: Intercom's status (0: that of the last answer), and remarks.

    A remark is what the caller should know although all went well.
    """

    status: int = 0
    remarks: tuple[str, ...] = ()


R = TypeVar("R", bound=Result)


@dataclass(frozen=True, slots=True)
class Form:
    """How an output looks: `type` as in JSON schema; `as_text`: the value as JSON text.

    `empty` stands where an operation failed.
    """

    label: str
    schema: Mapping[str, Json]
    empty: Json
    as_text: bool = False

    def show(self, value: Json, *, objects_as_text: bool = False) -> Json:
        """Give the output of a value."""
        whole = self.schema["type"] in {"object", "array"}
        return json_text.dump(value) if self.as_text or (objects_as_text and whole) else value


TEXT = Form("string", {"type": "string"}, "")
NUMBER = Form("number", {"type": "integer", "nullable": True}, None)
FLAG = Form("bool", {"type": "boolean"}, False)
OBJECT = Form("object", {"type": "object"}, {})
OBJECTS = Form("object-array", {"type": "array", "items": {"type": "object"}}, [])
OBJECT_TEXT = Form("string", {"type": "string"}, {}, as_text=True)
OBJECTS_TEXT = Form("string", {"type": "string"}, [], as_text=True)


@dataclass(frozen=True, slots=True)
class Output:
    """One output: its field in the result, how it looks, what it means."""

    name: str
    form: Form
    doc: str

    @property
    def seed(self) -> str:
        """Give its name in answers, such as CompanyId."""
        return _pascal(self.name)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name in Python, its kind, what it means, whether it must be given."""

    name: str
    kind: Kind
    doc: str
    required: bool

    @property
    def seed(self) -> str:
        """Give its name in requests, such as CompanyId."""
        return _pascal(self.name)

    @property
    def option(self) -> str:
        """Give its name on the command line, such as --company-id."""
        return "--" + self.name.replace("_", "-")

    def read(self, given: Json) -> Any:
        """Give the value as the operation wants it, None where there is none.

        Raises BadParameter.
        """
        blank = isinstance(given, str) and not given.strip() and not self.kind.keeps_blank
        if given is None or blank:
            if self.required:
                raise BadParameter(self.seed, f"is missing ({self.kind.label}): {self.doc}")
            return None
        try:
            return self.kind.read(given)
        except ValueError as error:
            raise BadParameter(self.seed, str(error)) from None


@dataclass(frozen=True, slots=True)
class Operation:
    """One of the fifteen. `title` and `doc` say what it does; `perform` does it."""

    resource: str
    name: str
    title: str
    doc: str
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    perform: Callable[..., Result]

    def run(self, to: Client | Workspace, given: Mapping[str, Json]) -> Result:
        """Read the parameters (Python names), do it, and give the result.

        Raises NothingSent (BadParameter above all) before anything is sent, Incomplete where a
        part could not be done, and what the calls raise.
        """
        workspace = to if isinstance(to, Workspace) else Workspace(to)
        values = {one.name: one.read(given.get(one.name)) for one in self.parameters}
        if workspace.dry_run:
            raise NothingSent("dry run: nothing sent")
        with workspace.open(f"{self.resource} {self.name}") as work:
            result = self.perform(work, **values)
            return replace(result, status=result.status or work.status, remarks=tuple(work.remarks))

    def given(self, body: Mapping[str, Json]) -> dict[str, Json]:
        """Give the parameters of a request by their Python names; BadParameter for unknown ones."""
        names = {one.seed: one.name for one in self.parameters}
        for key in body:
            if key not in names:
                raise BadParameter(str(key)[:60], f"is no parameter here{nearest(key, names)}")
        return {names[key]: value for key, value in body.items()}


OPERATIONS: dict[tuple[str, str], Operation] = {}
"""Every operation by resource and name, in the order of the seed."""


def operation(
    resource: str, name: str, title: str
) -> Callable[[Callable[Concatenate[Work, P], R]], Callable[Concatenate[Client | Workspace, P], R]]:
    """Declare an operation by the function that performs it.

    Its keyword parameters are `Annotated[type, kind, doc]`, its result a dataclass of fields
    `Annotated[type, form, doc]`.
    """

    def declare(
        function: Callable[Concatenate[Work, P], R],
    ) -> Callable[Concatenate[Client | Workspace, P], R]:
        declared = _declared(resource, name, title, function)
        OPERATIONS[resource, name] = declared

        @wraps(function)
        def call(to: Client | Workspace, /, *_: P.args, **given: P.kwargs) -> R:
            return declared.run(to, given)  # type: ignore[return-value]

        return call

    return declare


def nearest(key: str, names: Mapping[str, Any] | tuple[str, ...]) -> str:
    """Say which name was probably meant, and which there are."""
    folded = {name.casefold().replace("_", ""): name for name in names}
    near = get_close_matches(str(key).casefold().replace("_", ""), folded, 1)
    meant = f"; {folded[near[0]]} is" if near else ""
    return f"{meant} (there are: {', '.join(names) or 'none'})"


def _declared(resource: str, name: str, title: str, function: Callable[..., Any]) -> Operation:
    told = hints(function, include_extras=True)
    doc = " ".join((getdoc(function) or "").split())
    parameters = [
        _parameter(one, told[one.name])
        for one in signature(function).parameters.values()
        if one.kind is Given.KEYWORD_ONLY
    ]
    return Operation(
        resource, name, title, doc, tuple(parameters), _outputs(told["return"]), function
    )


def _parameter(given: Given, hint: Any) -> Parameter:
    assert get_origin(hint) is Annotated, f"{given.name} is not annotated with kind and doc"
    _, kind, doc = get_args(hint)
    return Parameter(given.name, kind, doc, given.default is Given.empty)


def _outputs(result: type) -> tuple[Output, ...]:
    told = hints(result, include_extras=True)
    own = [one for one in fields(result) if one.name not in {"status", "remarks"}]
    assert all(one.default is MISSING for one in own), f"{result.__name__} has defaults"
    return tuple(Output(one.name, *get_args(told[one.name])[1:]) for one in own)


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))

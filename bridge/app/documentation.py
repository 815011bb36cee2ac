"""The parts of the pages that are printed from the program, so that they cannot lie.

They stand in docs/*.md between `<!-- begin NAME -->` and `<!-- end NAME -->`; the pages of
docs/sources/ are printed whole. `python -m bridge.app.documentation` prints all anew; a test
compares them with what the program says.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import count, groupby
from pathlib import Path
from textwrap import fill

from bridge.app import operations_table
from bridge.app.markdown import code, table
from bridge.app.source_index import source_index
from bridge.app.source_page import source_page
from bridge.errors import MappingError, Problem
from bridge.intercom.sandbox.routes import ALL
from bridge.mapping.example import EXAMPLE_GRAMMAR
from bridge.mapping.fields import WRITABLE
from bridge.mapping.functions.document import function_table
from bridge.mapping.grammar import GRAMMAR, Key, Kind
from bridge.mapping.load import load_folders, load_mapping
from bridge.sources.presets import PRESETS, Scheme
from bridge.sources.schemes import PARAMETERS
from bridge.worker.retry import RetrySchedule

PART = re.compile(r"(<!-- begin ([a-z-]+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)
WIDTH = 106


def pages(root: Path) -> dict[Path, str]:
    """Give every page of docs/ that is printed or has printed parts, as it should read.

    `root` is the folder of the project. Raises KeyError for a part that nobody prints.
    """
    texts = {path: path.read_text() for path in sorted((root / "docs").glob("*.md"))}
    renewed = {path: _renewed(text, root) for path, text in texts.items() if PART.search(text)}
    return renewed | _source_pages(root)


def stale(root: Path) -> list[Path]:
    """Give the pages that do not read as they should, those of sources that are gone among them."""
    printed = pages(root)
    gone = set((root / "docs" / "sources").glob("*.md")) - printed.keys()
    return sorted(gone) + [path for path, text in printed.items() if _text(path) != text]


def write(root: Path) -> list[Path]:
    """Bring the pages up to date; give those that were not."""
    printed, found = pages(root), stale(root)
    for path in found:
        if path in printed:
            path.write_text(printed[path])
        else:
            path.unlink()
    return found


def _text(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def _source_pages(root: Path) -> dict[Path, str]:
    folder = root / "docs" / "sources"
    found = load_folders([root / "mappings"], PARAMETERS).mappings
    shipped = [found[source] for source in sorted(found)]
    printed = {folder / f"{one.source}.md": source_page(one) for one in shipped}
    return {**printed, folder / "README.md": source_index(shipped, root)}


def _renewed(text: str, root: Path) -> str:
    def part(found: re.Match[str]) -> str:
        return f"{found[1]}\n{PARTS[found[2]](root).strip()}\n\n{found[3]}"

    return PART.sub(part, text)


# --- keys -----------------------------------------------------------------------------------------

TITLES = {
    "mapping": "The file",
    "missing": "`missing`, as a block",
    "payload_attributes": "`payload_attributes`, as a block",
    "route": "A route",
    "person": "`user`, `lead`, `contact`",
    "observation": "`intercom`, for Intercom's own notifications",
    "record": "One of `records` of the file",
    "row": "One of `records` of a route",
    "example": "The example",
    "call": "One of `calls`",
}


def _grammar(grammar: Mapping[str, tuple[Key, ...]]) -> str:
    return "\n\n".join(_block(name, keys) for name, keys in grammar.items())


def _block(name: str, keys: tuple[Key, ...]) -> str:
    rows = [_key(key) for key in keys if not key.later]
    later = [key.name for key in keys if key.later]
    parts = [f"#### {TITLES.get(name, f'`{name}`')}"]
    if rows:
        parts.append(table(("key", "takes", "meaning"), rows))
    if later:
        parts.append(f"Not yet: {code(later)}.")
    return "\n\n".join(parts)


def _key(key: Key) -> tuple[str, str, str]:
    takes = " or ".join(_kind(kind, key) for kind in key.kinds)
    return f"`{key.name}`" + " (required)" * key.required, takes, key.doc.replace("<", "&lt;")


def _kind(kind: Kind, key: Key) -> str:
    if kind is Kind.CHOICE:
        return " or ".join(f"`{word}`" for word in key.choices)
    return "names and values" if kind is Kind.NAMED else kind.value


def _fields() -> str:
    rows = [
        (f"a {kind}", ", ".join(f"`{name}` ({field.type})" for name, field in fields.items()))
        for kind, fields in WRITABLE.items()
    ]
    return table(("of", "fields that can be set"), rows)


# --- mistakes -------------------------------------------------------------------------------------


def _mistakes(path: Path) -> str:
    """Print each wrong line of a mapping with what `bridge check` says of it."""
    lines = path.read_text().splitlines()
    told = [f"{lines[one.line - 1].strip()}\n{_wrapped(one.message)}" for one in _problems(path)]
    return "```text\n" + "\n\n".join(told) + "\n```"


def _problems(path: Path) -> list[Problem]:
    try:
        load_mapping(path, schemes=PARAMETERS)
    except MappingError as error:
        return error.problems
    return []


def _wrapped(message: str) -> str:
    indent = "    "
    return fill(
        message, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )


# --- the rest -------------------------------------------------------------------------------------


def _schemes() -> str:
    rows = [_scheme(scheme) for scheme in PRESETS.values()]
    return table(("scheme", "what proves the sender", "age", "known from"), rows)


def _scheme(scheme: Scheme) -> tuple[str, str, str, str]:
    age = f"{scheme.tolerance} s" if scheme.timed else ""
    return f"`{scheme.name}`", _proof(scheme), age, scheme.known_from


def _proof(scheme: Scheme) -> str:
    headers = " or ".join(f"`{name}`" for name in scheme.header)
    proofs = {
        "open": "nothing",
        "basic": "user name and password (`Authorization: Basic`)",
        "token": "the secret itself, in a header, the query or the path",
        "hash": f"{scheme.alg.upper()} of `{scheme.template}` in {headers}",
        "hmac": f"HMAC-{scheme.alg.upper()} of `{scheme.template}` in {headers}",
    }
    return proofs[scheme.kind]


def _retries() -> str:
    schedule = RetrySchedule()
    given_up = next(tries for tries in count(1) if schedule.is_exhausted(tries))
    waits = [schedule.wait(tries) for tries in range(1, given_up)]
    rows = [_failed(list(alike), waits) for _, alike in groupby(range(1, given_up), schedule.wait)]
    last = (str(given_up), "the event is `failed`", _span(sum(waits)))
    return table(("failed try", "then it waits about", "since the first"), [*rows, last])


def _failed(tries: list[int], waits: Sequence[float]) -> tuple[str, str, str]:
    """Give the row of one try, or of several after which the wait is the same."""
    ends = [tries[0]] if len(tries) == 1 else [tries[0], tries[-1]]
    since = (_span(sum(waits[: number - 1])) for number in ends)
    return " to ".join(map(str, ends)), _span(waits[tries[0] - 1]), " to ".join(since)


def _span(seconds: float) -> str:
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:.0f} s"


def _calls() -> str:
    declared = [route for routes in ALL for route in routes.declared]
    rows = [
        (f"`{one.method} {_path(one.path)}`", (one.view.__doc__ or "").split("\n")[0])
        for one in declared
    ]
    return table(("call", "what it does"), rows)


def _path(path: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)


PARTS: Mapping[str, Callable[[Path], str]] = {
    "keys": lambda _: _grammar(GRAMMAR),
    "example-keys": lambda _: _grammar(EXAMPLE_GRAMMAR),
    "fields": lambda _: _fields(),
    "functions": lambda _: function_table(),
    "mistakes": lambda root: _mistakes(root / "docs" / "mistakes.yaml"),
    "form-mistakes": lambda root: _mistakes(root / "docs" / "mistakes-form.yaml"),
    "schemes": lambda _: _schemes(),
    "retries": lambda _: _retries(),
    "sandbox-calls": lambda _: _calls(),
    "operations": lambda _: operations_table.table(),
    "operation-costs": lambda _: operations_table.costs(),
}
"""What prints each part, given the folder of the project."""


if __name__ == "__main__":
    for changed in write(Path(__file__).parents[2]):
        sys.stdout.write(f"{changed}\n")

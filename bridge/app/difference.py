"""What changes where one mapping takes the place of another: `bridge preview --diff`."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bridge.app.previewing import preview, preview_stored
from bridge.app.rehearsal import calls
from bridge.app.sending import contents
from bridge.config import Config
from bridge.errors import BridgeError, MappingError
from bridge.mapping.example import Example
from bridge.mapping.examples import load_example, load_examples
from bridge.mapping.load import load_mapping
from bridge.mapping.mapping import Mapping as SourceMapping
from bridge.model import CompanyChange, Json, Mapped, PersonChange, StoredEvent
from bridge.sources.schemes import PARAMETERS

NOTHING = "nothing"
_MADE_UP = re.compile(r"(?<=/)[0-9a-f]{24}(?=/|$)")


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes for one payload: each field and call, as it was and as it becomes."""

    title: str
    changes: tuple[tuple[str, str, str], ...]


def former(mapping: SourceMapping, against: str) -> SourceMapping:
    """Give the mapping to compare with: a file, or the mapping's own file in a revision of git.

    Raises BridgeError where there is none, MappingError where it is broken.
    """
    if Path(against).is_file():
        return _loaded(Path(against), mapping)
    with tempfile.TemporaryDirectory(prefix="bridge-diff-") as folder:
        file = Path(folder) / Path(mapping.path).name
        file.write_bytes(_committed(Path(mapping.path), against))
        return _loaded(file, mapping)


def _loaded(file: Path, mapping: SourceMapping) -> SourceMapping:
    found = load_mapping(file, schemes=PARAMETERS)
    if found.source != mapping.source:
        raise BridgeError(f"{file} is for source {found.source}, not for {mapping.source}")
    return found


def _committed(path: Path, revision: str) -> bytes:
    command = [
        "git",
        "-C",
        str(path.parent),
        "show",
        "--end-of-options",
        f"{revision}:./{path.name}",
    ]
    try:
        ran = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise BridgeError("git is not here: name a file to compare with, --against FILE") from None
    if ran.returncode:
        said = ran.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise BridgeError(f"{path} as of {revision} is not to be had: {said}; name a file instead")
    return ran.stdout


def of_files(
    old: SourceMapping, new: SourceMapping, files: Sequence[Path], config: Config
) -> Iterator[Difference]:
    """Compare on files (payloads or examples), without any on all examples of the mapping.

    Calls are those that a sandbox gets which holds what the example says, or nothing.
    """
    known = load_examples(new)
    examples = [_example(new, file) for file in files] or known
    before, after = (calls(one, config, examples, known) for one in (old, new))
    for example, were, become in zip(examples, before, after, strict=True):
        path = Path(example.path)
        fields = _changes(_events(old, path), _events(new, path))
        yield Difference(example.title, (*fields, *_changed("calls", _list(were), _list(become))))


def of_stored(
    old: SourceMapping, new: SourceMapping, stored: Sequence[StoredEvent]
) -> Iterator[Difference]:
    """Compare on events of the store; which calls they would lead to is not tried."""
    for event in stored:
        before, after = ([_told(*preview_stored(one, event))] for one in (old, new))
        yield Difference(f"event {event.id} ({event.type})", tuple(_changes(before, after)))


def _example(mapping: SourceMapping, file: Path) -> Example:
    if file.suffix in {".yaml", ".yml"}:
        return load_example(mapping, file)
    found = contents(mapping, file)
    headers = {"Content-Type": "application/json", **found.headers}
    raw = found.body.decode(errors="replace")
    return Example(mapping.source, str(file), file.name, raw=raw, headers=headers)


def _events(mapping: SourceMapping, file: Path) -> list[dict[str, str]]:
    try:
        return [_told(event, mapped) for event, mapped in preview(mapping, file)]
    except MappingError:
        raise
    except BridgeError as error:
        return [{"error": str(error)}]


def _changes(
    before: Sequence[Mapping[str, str]], after: Sequence[Mapping[str, str]]
) -> Iterator[tuple[str, str, str]]:
    if len(before) != len(after):
        yield "events", str(len(before)), str(len(after))
    for were, become in zip(before, after, strict=False):
        for name in dict.fromkeys([*were, *become]):
            yield from _changed(name, were.get(name, NOTHING), become.get(name, NOTHING))


def _changed(name: str, was: str, becomes: str) -> Iterator[tuple[str, str, str]]:
    if was != becomes:
        yield name, was, becomes


def _list(made: Sequence[str]) -> str:
    """Write calls down; the ids that a sandbox makes up differ from run to run."""
    return ", ".join(_MADE_UP.sub("{id}", call) for call in made) or "none"


def _told(event: Mapping[str, str], mapped: Mapped) -> dict[str, str]:
    """Write all that an event becomes as names and values."""
    told = {**event, "skipped": mapped.skipped or ""}
    if mapped.skipped is None:
        told["route"] = mapped.route
    for company in mapped.companies:
        told |= _told_change(_numbered("company", told), company)
    for person in mapped.people:
        told |= _told_change(_numbered(person.kind, told), person)
    for track in mapped.tracks:
        name = _numbered(f"data event {track.name}", told)
        told |= {name: "told", **_named(name, track.metadata)}
    return told | {f"remark {warning}": "made" for warning in mapped.warnings}


def _numbered(name: str, told: Mapping[str, str]) -> str:
    """Give the second block of a kind a name of its own."""
    number = 1 + sum(other == name or other.startswith(f"{name} #") for other in told)
    return f"{name} #{number}" if number > 1 else name


def _told_change(name: str, change: PersonChange | CompanyChange) -> dict[str, str]:
    told = {name: "changed"}
    told |= _named(f"{name} match", {one.name: one.value for one in change.match})
    told |= _named(f"{name} set", change.set) | _named(f"{name} set once", change.set_once)
    told |= {f"{name} tag {tag}": "added" for tag in change.add_tags}
    told |= {f"{name} tag {tag}": "removed" for tag in change.remove_tags}
    for key in ("note", "unlink", "delete", "opt_in", "opt_out", "detach"):
        if value := getattr(change, key, None):
            told |= _named(name, {key: value})
    choices = {"attach": getattr(change, "attach", True), **asdict(change.policy)}
    return told | _named(name, choices)


def _named(name: str, values: Mapping[str, Json]) -> dict[str, str]:
    return {
        f"{name} {key}": "cleared"
        if value is None
        else json.dumps(value, ensure_ascii=False, default=str)
        for key, value in values.items()
    }

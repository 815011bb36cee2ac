"""Everything wrong with one file, gathered so that it is told at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches

from bridge.errors import MappingError, Problem
from bridge.mapping.nodes import Place, Scalar


@dataclass(frozen=True, slots=True)
class Problems:
    """The problems and remarks of one file; `text` is the file, for places inside a scalar."""

    file: str
    text: str
    found: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)

    def add(self, place: Place, message: str) -> None:
        """Take note of something that makes the file unusable."""
        self.found.append(self._problem(place, message))

    def inside(self, scalar: Scalar, offset: int, message: str) -> None:
        """Take note of a problem at the offset-th character of a scalar's text."""
        self.add(place_inside(self.text, scalar, offset), message)

    def remark(self, place: Place, message: str) -> None:
        """Take note of something that works but is worth a look."""
        self.remarks.append(self._problem(place, message))

    def where(self, place: Place) -> str:
        """Give a place as `file:line:column`."""
        return f"{self.file}:{place.line}:{place.column}"

    def raise_found(self) -> None:
        """Raise a MappingError with all problems in the order of the file, if there are any."""
        if self.found:
            unique = dict.fromkeys(self.found)
            raise MappingError(sorted(unique, key=lambda one: (one.line, one.column)))

    def _problem(self, place: Place, message: str) -> Problem:
        return Problem(self.file, place.line, place.column, message)


def place_inside(text: str, scalar: Scalar, offset: int) -> Place:
    """Give the place in the file of the offset-th character of a scalar's text.

    Quotes, escapes and folded lines make the two differ, so the characters that are no white space
    are counted off one by one.
    """
    position = scalar.start
    if scalar.style in ("|", ">"):
        position = text.find("\n", position) + 1
    elif scalar.style:
        position += 1
    for character in scalar.text[:offset]:
        if not character.isspace():
            found = text.find(character, position, scalar.end)
            position = position if found < 0 else found + 1
    while position < scalar.end and text[position].isspace():
        position += 1
    return place_at(text, position)


def place_at(text: str, position: int) -> Place:
    """Give line and column of a character of the file."""
    before = text[:position]
    return Place(before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)


def nearest(name: str, known: Collection[str], otherwise: str = "") -> str:
    """Give `; did you mean …?` for a name that is not known, else `otherwise` or what there is."""
    close = get_close_matches(name.lower(), [str(one) for one in known], n=1, cutoff=0.6)
    if close:
        return f"; did you mean `{close[0]}`?"
    if not known or otherwise:
        return otherwise
    return "; there is: " + ", ".join(f"`{one}`" for one in known)


def unknown(what: str, name: str, known: Collection[str]) -> str:
    """Give the message for a name that is not known."""
    return f"`{name}` is no {what}{nearest(name, known)}"

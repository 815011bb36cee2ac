"""A reader of XML bodies: no document types, no entities of one's own, and bounded all around.

What XML can hold beyond elements and text is how readers are attacked (entities that grow, files
and addresses that are fetched), and no sender needs it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from bridge.errors import Unreadable
from bridge.model import Json

MAX_DEPTH = 50
MAX_ELEMENTS = 20_000
"""Elements and attributes; a full Salesforce batch has a few thousand."""


@dataclass(slots=True)
class _Element:
    name: str
    children: dict[str, list[Json]] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)

    @property
    def value(self) -> Json:
        """Give text where it holds no others, else an object; a name that repeats is a list."""
        if self.children.get("@nil") == ["true"]:
            return None
        told = "".join(self.text).strip()
        if not self.children:
            return told
        inner = {name: all_ if len(all_) > 1 else all_[0] for name, all_ in self.children.items()}
        return {**inner, "text": told} if told else inner


def read_xml(body: bytes) -> Json:
    """Read an XML document as an object: `{Envelope: {Body: …}}`, names without their prefixes.

    An element with only text is that text, an empty one is empty text, one with `xsi:nil="true"`
    is null; attributes stand among the
    elements as `@name`, except those that declare namespaces. Raises Unreadable.
    """
    return _Reader().read(body)


class _Reader:
    """Builds the value while expat reads; alive for one body."""

    def __init__(self) -> None:
        self.stack = [_Element("")]
        self.count = 0

    def read(self, body: bytes) -> Json:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self.begin
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.say
        parser.StartDoctypeDeclHandler = self.refuse
        parser.EntityDeclHandler = self.refuse
        parser.ProcessingInstructionHandler = self.refuse
        try:
            parser.Parse(body, True)
        except expat.ExpatError as error:
            told = expat.errors.messages.get(error.code, "it cannot be read")
            where = f"line {error.lineno}, column {error.offset + 1}"
            raise Unreadable(f"the body is not XML: {told} at {where}") from None
        except (LookupError, ValueError):
            raise Unreadable("the body is in an encoding that is not read; send UTF-8") from None
        return self.stack[0].value

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1 + len(attributes)
        if len(self.stack) > MAX_DEPTH:
            raise Unreadable(f"the body is nested more than {MAX_DEPTH} deep")
        if self.count > MAX_ELEMENTS:
            raise Unreadable(f"the body has more than {MAX_ELEMENTS} elements")
        element = _Element(_local(name))
        for key, value in attributes.items():
            if key != "xmlns" and not key.startswith("xmlns:"):
                element.children.setdefault(f"@{_local(key)}", []).append(value)
        self.stack.append(element)

    def say(self, text: str) -> None:
        self.stack[-1].text.append(text)

    def end(self, _name: str) -> None:
        element = self.stack.pop()
        self.stack[-1].children.setdefault(element.name, []).append(element.value)

    def refuse(self, *_: object) -> None:
        raise Unreadable("XML with a document type, entities or instructions is not read")


def _local(name: str) -> str:
    return name.rpartition(":")[2]

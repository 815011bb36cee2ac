"""docs/sources/README.md: every shipped source, and how far it is proven."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bridge.app.markdown import code, table
from bridge.mapping.document import open_document
from bridge.mapping.examples import load_examples
from bridge.mapping.mapping import Mapping
from bridge.mapping.nodes import to_json
from bridge.model import Json
from bridge.sources.presets import PROVEN

PAYLOADS = Path("tests", "integration", "sources", "payloads.yaml")
"""The real payloads that the tests send, by source, with the state each ends in."""

_HEAD = """\
<!-- Printed by `make docs`. -->
# Sources

What the bridge understands as it comes. Each has a page: how to set it up at the vendor, what
arrives, and what becomes of it in Intercom. Another sender needs a mapping of its own:
[the language](../mapping-language.md) is on one page, and for senders of Standard Webhooks there is
[one to copy](../standard-webhooks.md).
"""
_FOOT = """\
- **Signature**: the scheme of [security](../security.md#schemes), and behind it the vendor's own
  libraries that the tests sign and verify with, where there is one.
- **Examples**: sent, applied to a sandbox and compared with what they say, by `bridge check` and
  the tests.
- **Real payloads**: captured or printed by the vendor, not made by us; the tests send them through
  the whole bridge and compare how each ends.
"""


def source_index(mappings: Iterable[Mapping], root: Path) -> str:
    """Give the page that lists the sources; `root` is the folder of the project."""
    sent = payloads(root)
    rows = [_row(mapping, sent) for mapping in mappings]
    head = ("source", "signature", "proven by the vendor's own", "examples", "real payloads")
    return f"{_HEAD}\n{table(head, rows)}\n\n{_FOOT}"


def payloads(root: Path) -> dict[str, dict[str, Json]]:
    """Give the real payloads of each source: file and state."""
    node, _ = open_document(root / PAYLOADS)
    return to_json(node) if node is not None else {}


def _row(mapping: Mapping, sent: dict[str, dict[str, Json]]) -> tuple[str, ...]:
    scheme = mapping.verification.scheme
    return (
        f"[{mapping.title}]({mapping.source}.md)",
        f"`{scheme}`",
        code(PROVEN.get(scheme, ())) or "none",
        str(len(load_examples(mapping))),
        str(len(sent.get(mapping.source, {})) or "none"),
    )

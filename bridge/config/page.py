"""The page docs/configuration.md, made from the settings: `python -m bridge.config.page`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bridge.config.settings import SECTIONS, Setting

_HEAD = """\
# Configuration

The bridge is configured by environment variables alone. They are read once, at start; whatever is
wrong is told in one message, every problem at once. A variable that is empty counts as not set.

The secrets of sources are environment variables too: each mapping names its own in `verify.secret`,
such as `STRIPE_WEBHOOK_SECRET`. Several secrets, separated by spaces, all count while one is
being replaced by another. A source whose secret is not set answers 503 and says so; the others run.

A name that is nearly one of these (`BRIDGE_DRYRUN`) is refused at start.
"""
_UNUSED = " *Checked, but without effect in this release.*"


def page() -> str:
    """Give the page as Markdown."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for title, settings in SECTIONS.items():
        yield f"## {title}\n\n| variable | default | meaning |\n|---|---|---|"
        yield from (_row(setting) for setting in settings)
        yield ""


def _row(setting: Setting) -> str:
    default = f"`{setting.default}`" if setting.default else "none"
    unused = "" if setting.is_used else _UNUSED
    return f"| `{setting.name}` | {default} | {setting.meaning}{unused} |"


if __name__ == "__main__":
    sys.stdout.write(page())

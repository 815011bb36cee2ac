"""`bridge learn`: read the whole workspace, so that whoever is unknown is new."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import click

from bridge import config
from bridge.app import nearby
from bridge.app.learning import Lesson
from bridge.app.learning import learn as learn_workspace
from bridge.cli.progress import Progress
from bridge.cli.settings import opened


@click.command()
@click.option("--again", is_flag=True, help="Read everything anew, also what was read before.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def learn(again: bool, as_json: bool) -> None:
    """Read all contacts and companies of the workspace, so that unknown means new.

    Nothing is changed at Intercom. At least half of Intercom's limit is left to live events. A run
    that is interrupted goes on where it was.
    """
    found = config.read({**os.environ, **nearby.settings(os.environ)})
    with Progress() as progress:
        lesson = learn_workspace(
            found, opened(), again=again, show=progress.show, tell=progress.tell
        )
    if as_json:
        click.echo(json.dumps(lesson.as_json()))
        return
    for line in _told(lesson):
        click.echo(line)


def _told(lesson: Lesson) -> Iterator[str]:
    learnt = lesson.learnt
    yield (
        f"read {learnt.users} users, {learnt.leads} leads and {learnt.companies} companies in "
        f"{lesson.calls} calls and {lesson.seconds:.0f} s"
    )
    yield f"{learnt.links} links are new"
    if learnt.duplicates:
        yield f"{learnt.duplicates} users share an email or phone: `bridge people duplicates`"
    if learnt.unlisted:
        yield (
            f"{learnt.unlisted} contacts are known here that Intercom no longer lists, archived "
            "or deleted; the next event of each finds out: " + ", ".join(learnt.unlisted_ids[:5])
        )
    if lesson.lacking:
        yield f"Unknown does not mean new yet: {lesson.lacking}."
    else:
        yield "Unknown means new from now on: nobody is searched for before they are created."

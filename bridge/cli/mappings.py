"""`check`: what is wrong with the mappings, before anything is sent."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field

import click

from bridge.app import sources
from bridge.app.rehearsal import Verdict, rehearse
from bridge.app.standard import broken_by
from bridge.cli.settings import configured
from bridge.config import Config
from bridge.errors import BridgeError, MappingError, Problem, Unreadable
from bridge.mapping.attributes import clashes, disagreements
from bridge.mapping.lint import Finding, lint
from bridge.mapping.load import Catalogue
from bridge.mapping.mapping import Mapping
from bridge.model import Json, Receipt
from bridge.sources.body import read_body


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(names: tuple[str, ...], as_json: bool) -> None:
    """Check mappings and try their examples; exit 1 on a problem.

    Every problem is told as file:line:column, where editors jump to. Remarks are no problems.
    """
    config = configured()
    catalogue = sources.load(config)
    _refuse_unknown(names, catalogue)
    problems = [
        str(problem)
        for source, error in catalogue.broken.items()
        if not names or source in names
        for problem in error.problems
    ]
    chosen = [one for one in catalogue.mappings.values() if not names or one.source in names]
    remarks = [str(found.problem) for mapping in chosen for found in _remarks(mapping)]
    problems += _of(chosen, clashes(catalogue.mappings.values()))
    remarks += _of(chosen, disagreements(catalogue.mappings.values()))
    tried = _try(chosen, config)
    problems += tried.problems
    remarks += tried.remarks
    if as_json:
        click.echo(
            json.dumps({"problems": problems, "remarks": remarks, "examples": tried.examples})
        )
    else:
        for line in (*problems, *(f"{remark} (a remark)" for remark in remarks)):
            click.echo(line)
        click.echo(
            f"{_count(len(chosen), 'mapping')}, {_count(tried.examples, 'example')}: "
            f"{_count(len(problems), 'problem')}, {_count(len(remarks), 'remark')}"
        )
    sys.exit(1 if problems else 0)


def _of(chosen: list[Mapping], found: list[Problem]) -> list[str]:
    return [str(one) for one in found if one.file in {mapping.path for mapping in chosen}]


def _remarks(mapping: Mapping) -> list[Finding]:
    """Give what may be meant but is seldom right; broken examples are told when they are tried."""
    findings = lint(mapping, read_body=_read)
    return [finding for finding in findings if finding.severity == "warning"]


def _read(receipt: Receipt) -> Json:
    try:
        return read_body(receipt.header("content-type"), receipt.body)
    except Unreadable as error:
        raise ValueError(str(error)) from None


def _refuse_unknown(names: tuple[str, ...], catalogue: Catalogue) -> None:
    known = {*catalogue.mappings, *catalogue.broken}
    for name in names:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise BridgeError(f"there is no mapping for source {name!r} (there are: {there})")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@dataclass(slots=True)
class _Tried:
    """What trying the examples found."""

    examples: int = 0
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def _try(mappings: list[Mapping], config: Config) -> _Tried:
    """Try all examples."""
    tried = _Tried()
    for mapping in mappings:
        try:
            for verdict in rehearse(mapping, config):
                _take(tried, mapping, verdict)
                _progress(f"{tried.examples} examples tried, at {mapping.source}")
        except MappingError as error:
            tried.problems += [str(problem) for problem in error.problems]
    _progress("")
    return tried


def _take(tried: _Tried, mapping: Mapping, verdict: Verdict) -> None:
    where = f"{verdict.example.path}:1:1: "
    tried.examples += 1
    told = [*verdict.differences, *broken_by(mapping, verdict.example)]
    tried.problems += [where + text for text in told]
    if verdict.again:
        calls = ", ".join(verdict.again)
        tried.remarks.append(f"{where}the same facts under a new event id lead to calls: {calls}")


def _progress(text: str) -> None:
    """Say on a terminal how far it is, in one line that is overwritten."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)

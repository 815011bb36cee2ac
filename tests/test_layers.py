"""The shape of the code: imports run one way, nothing goes round in circles, files stay small."""

from __future__ import annotations

import ast
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
FILES = sorted([*ROOT.glob("bridge/**/*.py"), *ROOT.glob("handlers/*.py")])
FILES = [path for path in FILES if "versions" not in path.parts]  # a migration is a record
LONGEST_FILE = 300
LONGEST_FUNCTION = 50


def test_imports_run_one_way_down_the_layers() -> None:
    """No layer imports one above it or beside it, not even inside a function."""
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Counting imports inside functions, and both roots."""
    graph = grimp.build_graph("bridge", "handlers", include_external_packages=False, cache_dir=None)
    for module in graph.modules:
        upstream = {
            found
            for found in graph.find_upstream_modules(module)
            if module in graph.find_upstream_modules(found)
        }
        assert not upstream, f"{module} is in a circle with {sorted(upstream)}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_and_its_functions_stay_small(path: Path) -> None:
    """One noun a file; a function one can see at a glance."""
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, node.name

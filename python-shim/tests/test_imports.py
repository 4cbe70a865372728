"""The package has no import cycle, counting imports for type checking and inside functions too."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import airflow_lambda_bridge

PACKAGE = airflow_lambda_bridge.__name__
ROOT = Path(airflow_lambda_bridge.__path__[0])


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path.read_text() for path in sorted(ROOT.rglob("*.py"))}


def imports(source: str, modules: set[str]) -> set[str]:
    """Return which of the modules the source imports anywhere."""
    found: set[str | None] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not resolved here"
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                found.add(submodule if submodule in modules else node.module)
    return {name for name in modules if name in found}


def check(sources: dict[str, str]) -> None:
    graph = {name: imports(source, set(sources)) for name, source in sources.items()}
    TopologicalSorter(graph).prepare()


def test_the_package_has_no_import_cycle() -> None:
    assert imports(SOURCES[f"{PACKAGE}.sensors"], set(SOURCES)) >= {f"{PACKAGE}.triggers", f"{PACKAGE}.hooks"}
    check(SOURCES)


@pytest.mark.parametrize(
    "closing",
    [
        "import p.a",
        "from p import a",
        "from p.a import name",
        "if TYPE_CHECKING:\n    from p.a import name",
        "def function():\n    from p.a import name",
    ],
)
def test_a_cycle_is_found(closing: str) -> None:
    with pytest.raises(CycleError):
        check({"p": "", "p.a": "from p.b import name", "p.b": "from p import c", "p.c": closing})

"""The models know nothing of the solver, and importing either room is light."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import lotroute.models

MODELS = Path(lotroute.models.__file__).parent
PACKAGE = "lotroute.models"


def imported_names(source):
    """Every module or name that the source of a file in models/ imports, wherever it does, in absolute dotted form."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = PACKAGE.split(".")[: 3 - node.level] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def imports_solver(source):
    return any(
        name.split(".")[0] == "solver" or f"{name}.".startswith("lotroute.solver.") for name in imported_names(source)
    )


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.py")), ids=lambda path: path.name)
def test_no_file_of_the_models_imports_the_solver(path):
    assert not imports_solver(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "import lotroute.solver",
        "import lotroute.solver.cli as cli",
        "import solver",
        "from lotroute import solver",
        "from lotroute.solver.search import solve",
        "from .. import solver",
        "from ..solver import solve",
        "def late():\n    from ..solver.search import solve",
    ],
)
def test_every_way_to_import_the_solver_is_seen(source):
    assert imports_solver(source)


def loaded_by(statement):
    """The modules in memory after a fresh Python ran the statement."""
    code = f"{statement}; import json, sys; print(json.dumps(list(sys.modules)))"
    return json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)


def test_importing_the_models_loads_nothing_of_the_solver():
    modules = loaded_by("import lotroute.models")
    assert "lotroute.models.household" in modules
    assert [name for name in modules if name.startswith("lotroute.solver")] == []


@pytest.mark.parametrize("room", ["lotroute.models", "lotroute.solver"])
def test_importing_a_room_loads_neither_pandas_nor_cvxpy(room):
    modules = loaded_by(f"import {room}")
    assert room in modules
    assert {"pandas", "cvxpy"}.isdisjoint(modules)

"""The house: which room may import which, no circle between files, small files, and light imports."""

import ast
import importlib
import json
import re
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from lotroute.models.schema.ordered import Ordered
from lotroute.models.schema.record import Record

ROOT = Path(__file__).parents[2]
PACKAGES = ("models", "solver", "fixtures")
LONGEST = 400
"""Lines of a file, of the packages and of the tests."""

MAY_IMPORT = {
    "models.schema": (),
    "models.tax": ("models.schema",),
    "models.household": ("models.schema", "models.tax"),
    "models.retirement": ("models.schema", "models.tax", "models.household"),
    "models.imports": ("models.schema", "models.tax", "models.household"),
    "models.policy": ("models.schema", "models.tax", "models.household"),
    "models.wash_sales": ("models.schema", "models.tax", "models.household"),
    "models.eligibility": ("models.tax", "models.household", "models.policy", "models.wash_sales"),
    "models.apply": ("models.schema", "models.tax", "models.household", "models.retirement", "models.wash_sales"),
    "models.plan": (
        "models.schema",
        "models.tax",
        "models.household",
        "models.policy",
        "models.wash_sales",
        "models.apply",
    ),
    "models": ("models.*",),
    "fixtures": ("models", "models.*"),
    "solver.formulation": ("models", "models.*"),
    "solver.accounting": ("models", "models.*"),
    "solver.search": ("models", "models.*", "solver.formulation", "solver.accounting"),
    "solver.explanation": ("models", "models.*", "solver.formulation", "solver.accounting"),
    "solver.auditor": (
        "models.schema",
        "models.tax",
        "models.household",
        "models.retirement",
        "models.policy",
        "models.wash_sales",
        "models.plan",
    ),
    "solver.api": (
        "models",
        "models.*",
        "solver.formulation",
        "solver.accounting",
        "solver.search",
        "solver.explanation",
        "solver.auditor",
    ),
    "solver.oracle": ("models", "models.*"),
    "solver.runs": (
        "models",
        "models.*",
        "fixtures",
        "solver.formulation",
        "solver.accounting",
        "solver.search",
        "solver.auditor",
        "solver.api",
        "solver.oracle",
    ),
    "solver.app": (
        "models",
        "models.*",
        "fixtures",
        "solver.search",
        "solver.auditor",
        "solver.api",
        "solver.oracle",
        "solver.runs",
    ),
    "solver._facade": (),
    "solver": ("solver.search", "solver.auditor", "solver.api", "solver.runs"),
}
"""The rooms each room may import besides itself; `models` and `solver` alone are the faces of the packages."""


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module):
    """`models.tax` of `models.tax.tax_bill`; a file beside the rooms is a room of its own."""
    package, *rest = module.split(".")
    return package if package == "fixtures" or not rest else f"{package}.{rest[0]}"


def imported(source, module, *, is_package=False):
    """Every module or name that a source imports, wherever it does, in dotted form without `lotroute.`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("lotroute.") for alias in node.names if "lotroute" in alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = ["lotroute", *module.split(".")]
            up = node.level - is_package
            parents = base[: len(base) - up] if node.level else []
            full = ".".join([*parents, *([node.module] if node.module else [])])
            if full == "lotroute" or full.startswith("lotroute."):
                yield from (f"{full}.{alias.name}".removeprefix("lotroute.") for alias in node.names)


@cache
def files():
    """Every file of the packages, by module."""
    return {module_of(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}


def target(name):
    """The module that an imported name stands for: itself, or the module that has it."""
    return name if name in files() else name.rpartition(".")[0]


def imports_of(module):
    path = files()[module]
    source = path.read_text(encoding="utf-8")
    names = imported(source, module, is_package=path.name == "__init__.py")
    return {target(name) for name in names} - {module}


def allowed(room, other):
    package = other.partition(".")[0]
    return other == room or other in MAY_IMPORT[room] or (f"{package}.*" in MAY_IMPORT[room] and other != package)


@pytest.mark.parametrize("module", files())
def test_a_file_imports_only_what_its_room_may(module):
    room = room_of(module)
    wrong = sorted(other for other in imports_of(module) if not allowed(room, room_of(other)))
    assert wrong == []


def test_every_room_is_in_the_table_and_every_entry_is_used():
    assert {room_of(module) for module in files()} == set(MAY_IMPORT)
    used = {(room_of(module), room_of(other)) for module in files() for other in imports_of(module)}
    named = {(room, other) for room, others in MAY_IMPORT.items() for other in others if not other.endswith("*")}
    assert named - used == set()


def test_the_architecture_page_has_the_same_table():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").partition("## Who may import whom")[2]
    rows = re.findall(r"^\| ((?:models|solver|fixtures)[/\w]*) \| (.*) \|$", page, re.MULTILINE)
    stated = {
        room.replace("/", "."): set() if others == "nothing" else set(others.split(", ")) for room, others in rows
    }
    rooms = {room: others for room, others in MAY_IMPORT.items() if room not in ("models", "solver", "solver._facade")}
    short = {room: {other.rpartition(".")[2] for other in others} - {"*"} for room, others in rooms.items()}
    assert stated == short


AUDITOR_TAKES = {"ZERO", "ONE", "CENT", "exact", "cents", "tax_year", "statute", "known_funds", "divisor"}
"""What the auditor takes besides records: money in decimals, and the dated tables of the law and of funds."""


def test_the_auditor_takes_records_and_tables_and_no_arithmetic_of_others():
    for module, path in files().items():
        if room_of(module) != "solver.auditor":
            continue
        for name in imported(path.read_text(encoding="utf-8"), module):
            home, _, thing = name.rpartition(".")
            if home.startswith("models"):
                found = getattr(importlib.import_module(f"lotroute.{home}"), thing)
                assert thing in AUDITOR_TAKES or found is Ordered or issubclass(found, Record), (module, name)


def test_no_room_is_above_itself():
    rooms = {
        room: {other for other in MAY_IMPORT if allowed(room, other) and other != room and other != "solver"}
        for room in MAY_IMPORT
    }
    TopologicalSorter(rooms).prepare()


def test_no_circle_between_files():
    """The faces of the packages are left out: importing any file runs them."""
    graph = {module: imports_of(module) - {"models", "solver"} for module in files() if "." in module}
    TopologicalSorter(graph).prepare()


def test_a_circle_is_seen():
    with pytest.raises(CycleError):
        TopologicalSorter({"a": {"b"}, "b": {"a"}}).prepare()


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("models.tax.tax_bill", "import lotroute.solver", "solver"),
        ("models.tax.tax_bill", "import lotroute.solver.app.cli as cli", "solver.app.cli"),
        ("models.tax.tax_bill", "from lotroute import solver", "solver"),
        ("models.tax.tax_bill", "from lotroute.solver.api import solve", "solver.api.solve"),
        ("models.tax.tax_bill", "from ... import solver", "solver"),
        ("models.tax.tax_bill", "from ...solver import solve", "solver.solve"),
        ("models.tax.tax_bill", "def late():\n    from ...solver.api import solve", "solver.api.solve"),
        ("models.tax.tax_bill", "from ..policy.policy import Policy", "models.policy.policy.Policy"),
        ("models.tax.tax_bill", "from .piecewise import law", "models.tax.piecewise.law"),
    ],
)
def test_every_way_to_import_is_seen(module, source, found):
    assert list(imported(source, module)) == [found]


@pytest.mark.parametrize(
    ("room", "other"),
    [
        ("models.tax", "solver.api"),
        ("models.tax", "models.policy"),
        ("models.household", "models"),
        ("solver.accounting", "solver.formulation"),
        ("solver.auditor", "solver.formulation"),
        ("solver.auditor", "solver.search"),
        ("solver.oracle", "solver.api"),
        ("solver.search", "solver"),
    ],
)
def test_an_arrow_that_is_not_in_the_table_is_refused(room, other):
    assert not allowed(room, other)


TEST_FILES = sorted((ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("path", [*files().values(), *TEST_FILES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("module", [module for module, path in files().items() if path.name == "__init__.py"])
def test_every_room_says_what_it_is_for(module):
    assert ast.get_docstring(ast.parse(files()[module].read_text(encoding="utf-8")))


def loaded_by(statement):
    """The modules in memory after a fresh Python ran the statement."""
    code = f"{statement}; import json, sys; print(json.dumps(list(sys.modules)))"
    return json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)


def test_importing_the_models_loads_nothing_of_the_solver():
    modules = loaded_by("import lotroute.models")
    assert "lotroute.models.household.household" in modules
    assert [name for name in modules if name.startswith("lotroute.solver")] == []


@pytest.mark.parametrize("package", ["lotroute.models", "lotroute.solver"])
def test_importing_a_package_loads_neither_pandas_nor_cvxpy(package):
    modules = loaded_by(f"import {package}")
    assert package in modules
    assert {"pandas", "cvxpy"}.isdisjoint(modules)

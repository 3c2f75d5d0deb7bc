"""What a user installs: the wheel alone, in an empty environment, out of reach of the checkout."""

import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


PACKAGES = ("models", "solver", "fixtures")


def folder_of(package, project):
    """The folder of a package, by the entry of package-dir that its name begins with."""
    own = max((name for name in project["package-dir"] if f"{package}.".startswith(f"{name}.")), key=len)
    return ROOT.joinpath(project["package-dir"][own], *package.removeprefix(own).split("."))


def test_package_list_names_every_folder_with_code():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {f"lotroute.{name}": name for name in PACKAGES}
    assert project["package-dir"] == folders | {"lotroute": "solver/_facade"}
    files = (path for folder in PACKAGES for path in (ROOT / folder).rglob("*"))
    code = {path.parent.relative_to(ROOT).as_posix() for path in files if path.name == "__init__.py"}
    rooms = {f"lotroute.{folder.replace('/', '.')}" for folder in code - {"solver/_facade"}}
    assert set(project["packages"]) == rooms | {"lotroute"}


def test_package_data_names_every_file_that_is_no_code():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    named = {
        path
        for package, patterns in project["package-data"].items()
        for pattern in patterns
        for path in folder_of(package, project).glob(pattern)
    }
    files = {path for folder in PACKAGES for path in (ROOT / folder).rglob("*.*")}
    data = {path for path in files if path.suffix in (".toml", ".json", ".csv", ".typed", ".html", ".css", ".js")}
    assert named == data


def test_every_dependency_has_a_floor_and_a_reason_and_is_locked():
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]
    locked = {line.partition("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines()}
    for requirement in project["dependencies"]:
        name, floor, _ = requirement.partition(">=")
        assert floor, requirement
        assert name in locked, requirement
        line = next(line for line in text.splitlines() if f'"{requirement}"' in line)
        assert "#" in line, f"{requirement}: no reason"


@pytest.fixture(scope="module")
def empty_environment(tmp_path_factory):
    """Python with nothing but the project's wheel and what the wheel asks for, at the locked versions."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    ignored = shutil.ignore_patterns(".git", ".venv", "build", "*.egg-info", "tests")
    shutil.copytree(ROOT, source, ignore=ignored, symlinks=True)  # a build leaves files in its tree
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, source], check=True, cwd=folder)
    (wheel,) = folder.glob("lotroute-*.whl")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    install = ["-m", "pip", "--quiet", "install", "--constraint", ROOT / "requirements.lock", wheel]
    subprocess.run([python, *install], check=True, cwd=folder)
    return folder, python


def test_wheel_solves_a_fixture_out_of_reach_of_the_checkout(empty_environment):
    folder, python = empty_environment
    script = """
import pathlib
from importlib.resources import as_file, files
import lotroute, lotroute.models, lotroute.solver
from lotroute.models import Household
from lotroute.solver import audit, solve
from lotroute.solver.app.pages.plan_page import plan_page
with as_file(files("lotroute.fixtures") / "must_split.json") as path:
    household = Household.load(path)
plan = solve(household)
assert audit(household, plan) == [], audit(household, plan)
print(plan.certificate.status, lotroute.solver.__file__, lotroute.models.__file__)
print(len(plan.trades_frame()), lotroute.__version__)
assert plan_page(plan).startswith("<!DOCTYPE html>")
"""
    done = subprocess.run([python, "-I", "-c", script], capture_output=True, text=True, cwd=folder, check=True)
    first, second = done.stdout.splitlines()
    status, *files = first.split()
    assert second.split()[1] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert status == "optimal"
    assert all(Path(file).is_relative_to(folder / "env") for file in files)


def test_installed_command_runs_the_demo(empty_environment):
    folder, python = empty_environment
    done = subprocess.run([python.parent / "lotroute", "demo"], capture_output=True, text=True, cwd=folder, check=True)
    assert "Split: the IRA could absorb only" in done.stdout


def test_installed_packages_are_the_wheels_alone(empty_environment):
    folder, python = empty_environment
    listing = subprocess.run(
        [python, "-m", "pip", "list", "--format", "freeze"], capture_output=True, text=True, cwd=folder, check=True
    )
    names = {line.partition("==")[0] for line in listing.stdout.splitlines()}
    assert "lotroute" in names
    assert not names & {"pytest", "hypothesis", "mypy", "ruff", "pyarrow", "pyscipopt"}

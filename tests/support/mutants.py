"""Faults put into a room one by one, to see whether the tests notice: `make mutants ROOM=models/tax SAMPLE=100`.

Cosmic Ray makes the faults, in a copy of the repository. A mutant that the room's tests do not notice survives; it is
printed with its change. docs/evidence/mutants.md lists the survivors that were looked at.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

ROOT = Path(__file__).parents[2]

TESTS = {
    "models/tax": ("tests/models/tax", "tests/test_truth_tax.py", "tests/test_truth_holding.py"),
    "models/wash_sales": (
        "tests/models/wash_sales",
        "tests/test_truth_wash.py",
        "tests/whole/test_wash_sale_pricing.py",
        "tests/whole/test_inherited_and_given.py",
    ),
    "models/policy": ("tests/models/policy", "tests/whole/test_features_waiting.py"),
    "models/household": ("tests/models/household", "tests/models/schema"),
    "models/eligibility": ("tests/models/wash_sales", "tests/solver/formulation/test_blocks_blocked.py"),
    "models/plan": ("tests/solver/explanation", "tests/solver/auditor", "tests/solver/app"),
    "models/schema": ("tests/models/schema", "tests/models/household", "tests/models/policy"),
    "solver/auditor": ("tests/solver/auditor", "tests/solver/runs/test_forgeries.py"),
}
"""The tests of each room."""

UNSEEN = "ReplaceBinaryOperator_BitOr"
"""Operators left out: annotations such as `str | None` are never evaluated, so their mutants cannot be noticed."""


def copied(folder):
    """Copy what git tracks to a folder."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in filter(None, names):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, place, follow_symlinks=False)
    return folder


def mutants(room, sample, seed, folder):
    """Run a sample of a room's mutants, and yield its file, line, operator, outcome and change."""
    config, session = folder / "mutants.toml", folder / "mutants.sqlite"
    tests = f"{sys.executable} -m pytest -x -q -n 0 -p no:cacheprovider {' '.join(TESTS[room])}"
    config.write_text(
        f'[cosmic-ray]\nmodule-path = "{room}"\ntimeout = 300.0\nexcluded-modules = []\ntest-command = "{tests}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n'
    )
    run = [sys.executable, "-m", "cosmic_ray.cli"]
    surroundings = os.environ | {"PYTHONPATH": str(folder / ".typing")}
    subprocess.run([*run, "init", config, session], cwd=folder, env=surroundings, check=True)
    subprocess.run([*run, "baseline", config], cwd=folder, env=surroundings, check=True)  # the tests pass as they are
    with use_db(session) as work:
        items = [*work.work_items]
        wanted = [item for item in items if UNSEEN not in item.mutations[0].operator_name]
        chosen = {item.job_id for item in random.Random(seed).sample(wanted, min(sample, len(wanted)))}
        for item in items:
            if item.job_id not in chosen:
                work.set_result(item.job_id, WorkResult(WorkerOutcome.SKIPPED))
    subprocess.run([*run, "exec", config, session], cwd=folder, env=surroundings, check=True)
    with use_db(session) as work:
        for item, result in work.completed_work_items:
            if item.job_id in chosen:
                (change,) = item.mutations
                yield change.module_path, change.start_pos[0], change.operator_name, result.test_outcome, result.diff


def main():
    """Print how many of a room's mutants are noticed, and each that is not."""
    parser = argparse.ArgumentParser(description="Mutants of a room.")
    parser.add_argument("room", choices=TESTS)
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = [*mutants(asked.room, asked.sample, asked.seed, copied(Path(folder)))]
    left = [each for each in found if each[3] == TestOutcome.SURVIVED]
    said = [f"{asked.room}: {len(found) - len(left)} of {len(found)} mutants noticed"]
    for path, line, operator, _, change in left:
        said += ["", f"{path}:{line} {operator}"]
        said += [row for row in change.split("\n") if row[:1] in "+-" and row[:3] not in ("+++", "---")]
    sys.stdout.write("\n".join([*said, ""]))


if __name__ == "__main__":
    main()

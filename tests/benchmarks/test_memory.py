"""Memory, of processes of their own: of a household with 60,000 lots, and of thousands of households one by one.

python -m pytest tests/benchmarks/test_memory.py -m slow -s
"""

import subprocess
import sys

import pytest

LARGEST = """
from resource import RUSAGE_SELF, getrusage
from lotroute.solver import solve
from lotroute.solver.runs.benchmarks.speed_cases import CASES
household = CASES["sleeve3000"](0, whole_shares=False)
before = getrusage(RUSAGE_SELF).ru_maxrss
plan = solve(household, time_limit=600)
print(plan.certificate.status, before, getrusage(RUSAGE_SELF).ru_maxrss)
"""

MANY = """
import gc, sys
from pathlib import Path
from lotroute.fixtures.generator import generate
from lotroute.solver import solve
def resident():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4
count = int(sys.argv[1])
for number, household in enumerate(generate(count, 0)):
    solve(household, explain="codes")
    if number + 1 in (count // 10, count):
        print(resident())
"""


def printed(script, *arguments):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def say(words):
    sys.stdout.write(f"\n{words}\n")


@pytest.mark.slow
def test_60_000_lots_take_less_than_600_megabytes():
    status, before, most = printed(LARGEST)
    say(f"{status}: {int(before) / 1024:.0f} MB with the household alone, {int(most) / 1024:.0f} MB at most")
    assert int(most) < 600 * 1024


@pytest.mark.slow
@pytest.mark.parametrize("count", [10_000])
def test_a_process_does_not_grow_with_its_households(count):
    early, late = map(int, printed(MANY, count))
    say(f"{early / 1024:.0f} MB after {count // 10} households, {late / 1024:.0f} MB after {count}")
    assert late < 1.1 * early

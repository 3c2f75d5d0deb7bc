"""The work of a run with faults in it: what a household's id begins with says what happens to it."""

import os
import signal
import sys
import time

from lotroute.solver.runs.batch.work import plan_household


def work(setup, task):
    """Plan a household, unless its id asks for a fault."""
    name = task.rows.household
    if name.startswith("endless") and (not task.greedy or name.startswith("endless_always")):
        while True:
            pass
    if name.startswith("sleeps"):
        time.sleep(float(name.split("_")[1]))
    if name.startswith("crash") and (task.attempts == 1 or not name.startswith("crash_once")):
        os.kill(os.getpid(), signal.SIGSEGV)
    if name.startswith("assassin"):
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    if name.startswith("exits"):
        sys.stderr.write("out of luck\n")
        sys.stderr.flush()
        os._exit(7)
    if name.startswith("raises") and (task.attempts == 1 or not name.startswith("raises_once")):
        raise ArithmeticError("planted")
    return plan_household(setup, task)

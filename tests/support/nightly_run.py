"""Plans a large generated book with poison in it, and prints what docs/batch.md shows: states, rate, tail, memory.

python tests/support/nightly_run.py FOLDER [--households 10000] [--workers 2]
"""

import argparse
import threading
import time
from collections import Counter
from pathlib import Path

import psutil
from poisoned_book import ENDS, poison
from rich.console import Console
from runs_of_books import PLANTED, states_of

from lotroute.solver.app.batch import print_summary
from lotroute.solver.app.inputs import Tables, generate
from lotroute.solver.runs.batch.engines import Local
from lotroute.solver.runs.batch.run import run_batch

MIX = "funds=80,sleeve100=18,sleeve500=2"
EACH = 10
PICTURE = Path(__file__).parents[2] / "docs" / "batch_memory.svg"


class Memory:
    """The memory of this process and of its children, in megabytes, every two seconds."""

    def __init__(self):
        self.samples, self._began, self._stop = [], time.monotonic(), threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _sample(self):
        mine = psutil.Process()
        while not self._stop.wait(2.0):
            used = [_resident(child) for child in mine.children(recursive=True)]
            self.samples.append((time.monotonic() - self._began, _resident(mine), max(used, default=0.0)))


def _resident(process):
    try:
        return process.memory_info().rss / 1e6
    except psutil.NoSuchProcess:
        return 0.0


def draw(samples):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 2.8), layout="constrained")
    axes = figure.add_subplot()
    minutes = [seconds / 60 for seconds, *_ in samples]
    for place, words in ((1, "the run itself"), (2, "the largest solving process")):
        axes.plot(minutes, [sample[place] for sample in samples], label=words)
    axes.set(xlabel="minutes", ylabel="MB", ylim=(0, None))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(PICTURE, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--households", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    book, poisoned, out = (chosen.folder / name for name in ("book", "poisoned", "run"))
    began = time.monotonic()
    generate(book, chosen.households, 0, Tables.parquet, mix=MIX)
    console.print(f"generated in {time.monotonic() - began:.0f} s")
    kinds = poison(book, poisoned, EACH)
    with Memory() as memory:
        summary = run_batch(
            poisoned,
            out,
            engine=Local(chosen.workers),
            work=PLANTED,
            report=lambda pace: console.print(f"{pace.done} done, {pace.rate:.1f} a second"),
        )
    print_summary(console, out, summary)
    states = states_of(out)
    ends = Counter((kind, states[name][0], states[name][0] == ENDS[kind]) for name, kind in kinds.items())
    console.print("poisoned:", ends)
    console.print("all others:", Counter(state for name, (state, _) in states.items() if name not in kinds))
    console.print(f"{summary['households'] / summary['wall_seconds']:.1f} households a second")
    quarter = len(memory.samples) // 4
    for place, words in ((1, "the run itself"), (2, "the largest solving process")):
        series = [sample[place] for sample in memory.samples]
        second, last = max(series[quarter : 2 * quarter]), max(series[-quarter:])
        console.print(
            f"MB of {words}: {max(series):.0f} at most, {second:.0f} in the second quarter, {last:.0f} in the last"
        )
    draw(memory.samples)


if __name__ == "__main__":
    main()

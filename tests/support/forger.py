"""A forger: every value of a plan changed by a little, one at a time, as a file would hold it."""

import copy
import re
from datetime import date, timedelta

WORDS = {
    "side": ("buy", "sell"),
    "term": ("short", "long"),
    "when": ("before", "after"),
    "status": ("optimal", "within_rounding", "feasible", "heuristic", "fallback", "infeasible"),
    "state": ("allowed", "deferred", "lost", "uncertain"),
    "method": ("branch and bound", "router", "no trade"),
}
"""Fields with few words, by name: another of them is put in place of each."""


def forgeries(data):
    """Yield what was changed, and a plan's data with that change: each value, each entry of a list or an object."""
    for path, holder, key in places(data):
        value = holder[key]
        for label, forged in others(path, value):
            holder[key] = forged
            yield f"{path} {label}", copy.deepcopy(data)
            holder[key] = value


def places(value, path=""):
    """Every place in a plan: its path, and the object or list and the key that hold it."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in [*pairs]:
        here = f"{path}[{key}]" if isinstance(value, list) else f"{path}.{key}".lstrip(".")
        yield here, value, key
        yield from places(inner, here)


def others(path, value):
    """What a value might be forged to."""
    name = re.sub(r"\[\d+\]$", "", path).rpartition(".")[2]
    if isinstance(value, bool):
        yield "the other way", not value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield "one more", value + 1
    elif isinstance(value, float):
        small = 0.0001 if abs(value) <= 1 else 0.01
        yield "more", round(value + small, 6)
        yield "less", round(value - small, 6)
    elif isinstance(value, str):
        yield from ((f"as {word}", word) for word in WORDS.get(name, ()) if word != value)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            yield "a day later", str(date.fromisoformat(value) + timedelta(1))
        elif name not in WORDS:
            yield "with a word more", f"{value} x"
    elif isinstance(value, list):
        for place in range(len(value)):
            yield f"without entry {place}", value[:place] + value[place + 1 :]
            yield f"with entry {place} twice", [*value[: place + 1], *value[place:]]
    elif isinstance(value, dict):
        yield "with a bonus", value | {"bonus": -1000.0}
        for key in value:
            yield f"without {key}", {own: each for own, each in value.items() if own != key}

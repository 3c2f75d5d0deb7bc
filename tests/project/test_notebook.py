"""The notebook of the guide runs from end to end, shows its cards and pictures, and is stored without outputs."""

import re
from base64 import b64decode
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs/notebook.ipynb"


@pytest.fixture(scope="module")
def stored():
    return pytest.importorskip("nbformat").read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The notebook after every cell ran, in a folder of its own."""
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    try:
        from jupyter_client.kernelspec import get_kernel_spec

        get_kernel_spec("python3")
    except (ImportError, KeyError) as error:  # NoSuchKernel is a KeyError
        pytest.skip(f"needs the kernel of Python: {error!r}")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": tmp_path_factory.mktemp("notebook")}}
    return nbclient.NotebookClient(notebook, timeout=300, resources=resources).execute()


def cell(notebook, code):
    [found] = [each for each in notebook.cells if each.cell_type == "code" and re.search(code, each.source)]
    return [output.get("data", {}) | {"text": output.get("text", "")} for output in found.outputs]


def test_the_stored_notebook_has_no_outputs(stored):
    for each in stored.cells:
        assert each.cell_type != "code" or (each.outputs, each.execution_count) == ([], None)


def test_every_cell_runs_and_says_nothing_on_the_side(executed):
    for each in executed.cells:
        if each.cell_type == "code":
            assert each.execution_count
            assert [output for output in each.outputs if output.output_type == "error"] == []
            assert [output.text for output in each.outputs if output.get("name") == "stderr"] == []


def test_households_and_plans_are_cards(executed):
    for code in (r"\nhousehold$", r"\nplan$", r"\nchosen$", r"\nafter$", r"from_frames"):
        [output] = cell(executed, code)
        assert '<div class="lotroute">' in output["text/html"]
        assert "\n" not in output["text/plain"]


def test_pictures_are_shown_once(executed):
    for code in (r"plan\.plot", r"^plot_frontier"):
        [output] = cell(executed, code)
        assert b64decode(output["image/png"]).startswith(b"\x89PNG")


def test_what_the_text_says_is_so(executed, stored):
    [rows] = cell(executed, r"plans\[\[")
    for words in ("infeasible", "faulty"):
        assert words not in rows["text/plain"]
    [outside] = cell(executed, "outside_bands")
    assert "us_stock" in outside["text"]
    assert "net gain" in outside["text"]
    assert "Split: the IRA could absorb only" in cell(executed, "for trade in")[0]["text"]
    [trades] = cell(executed, "recent_trades")
    assert "6000.0" in trades["text/plain"]
    assert "[4]" in next(each.source for each in stored.cells if each.source.startswith("chosen"))


def test_the_steps_toward_the_targets_cost_more_and_more():
    from lotroute.models import Household
    from lotroute.solver import sweep

    home = Household.load(ROOT / "fixtures/must_split.json")
    found = sweep(home, {"policy.limits.net_gain": [0, 3000, 6000, 9000, 12000]})
    assert [*found.tax_change[:2]] == [0, 0]
    steps = [
        (more.tax_change - less.tax_change) / (less.drift - more.drift)
        for less, more in zip(found[1:].itertuples(), found[2:].itertuples(), strict=False)
    ]
    assert steps == sorted(steps)
    assert steps[0] > 0

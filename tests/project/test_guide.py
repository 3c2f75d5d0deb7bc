"""The guide: every example does what its page says, every picture can be drawn again, Sphinx finds nothing amiss."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from guide_examples import PAGES, SECONDS, renewed

from lotroute import models, solver

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_examples_print_what_their_page_shows(page):
    text = page.read_text(encoding="utf-8")
    assert renewed(text) == text, "make docs (tests/support/guide_examples.py) writes what they print"


def test_a_changed_figure_a_missing_line_and_another_error_are_noticed():
    page = "\n".join(
        [
            "Save this as `mine.csv`:",
            "```csv",
            "a,b",
            "```",
            "```console",
            "$ cat mine.csv; echo 'solved in 0.31 s'",
            "a,b",
            "solved in 12 s",
            "$ cat none.csv",
            "cat: none.csv: No such file or directory",
            "```",
            "```pycon",
            ">>> x = 2",
            ">>> for y in (x, 3):",
            "...     print(y)",
            "2",
            "3",
            ">>> int('a')",
            "Traceback (most recent call last):",
            "    ...",
            "ValueError: invalid literal for int() with base 10: 'a'",
            "```",
            "",
        ]
    )
    assert renewed(page) == page
    for right, wrong in {
        "\na,b\nsolved": "\na,c\nsolved",
        "2\n3\n": "2\n",
        "base 10": "base 9",
        "No such": "Such",
    }.items():
        changed = page.replace(right, wrong)
        assert changed != page
        assert SECONDS.sub("", renewed(changed)) == SECONDS.sub("", page)


def test_every_block_of_the_guide_with_a_prompt_is_run():
    for page in PAGES:
        for language, body in re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            assert not re.search(r"^(\$ |>>> )", body, re.M) or language in ("console", "pycon"), (page, body)
            assert language != "python", f"{page}: a session (pycon) is run, python is not"


def test_the_page_of_the_library_has_every_public_name():
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    found = re.findall(r"^\.\. auto\w+:: lotroute\.(\w+)\.(?:[a-z]\w*\.)*(\w+)$", page, re.MULTILINE)
    listed = [f"{package}.{name}" for package, name in found]
    public = [
        f"{package.__name__.rpartition('.')[2]}.{name}" for package in (models, solver) for name in package.__all__
    ]
    assert {*public} - {*listed} == set(), "docs/api.md lists every public name"
    assert sorted(listed) == sorted(public)


def test_pictures_are_of_today_s_plans(tmp_path):
    script = ROOT / "tests/support/guide_pictures.py"
    subprocess.run([sys.executable, script, tmp_path], capture_output=True, check=True)
    pictures = {path.name: path for path in (DOCS / "guide/pictures").iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == {*pictures}
    for name, path in pictures.items():
        words = [
            re.findall(r"<text.*?>(.*?)</text>", each.read_text(encoding="utf-8")) for each in (path, tmp_path / name)
        ]
        assert words[0] == words[1], f"make pictures (tests/support/guide_pictures.py) draws {name}"
        assert len(words[0]) > 10


def test_every_picture_is_shown():
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    shown = re.findall(r"\]\(pictures/([\w.]+)\)", pages)
    assert {*shown} == {path.name for path in (DOCS / "guide/pictures").iterdir()}


def test_sphinx_builds_the_guide_without_a_warning(tmp_path):
    pytest.importorskip("sphinx")
    build = ["sphinx", "-W", "--keep-going", "-q", "-d", tmp_path / "trees", DOCS, tmp_path / "html"]
    done = subprocess.run([sys.executable, "-m", *build], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    first = (tmp_path / "html/index.html").read_text(encoding="utf-8")
    pages = {path.relative_to(DOCS).with_suffix(".html").as_posix() for path in DOCS.rglob("*.md")}
    assert pages <= {*re.findall(r'href="([\w/]+\.html)', first), "README.html"}

"""Sphinx: the pages of docs/ as one guide, which `make docs` builds into build/docs."""

import re
import shutil
from pathlib import Path

from pygments.lexer import RegexLexer, bygroups, using
from pygments.lexers.shell import BashLexer
from pygments.token import Generic
from sphinx.application import Sphinx

from lotroute import __version__
from lotroute.models.schema.record import Record

project = "lotroute"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "README"

myst_heading_anchors = 6  # links to headings, as code hosts have them
default_role = "code"  # docstrings write `names` as these pages do
highlight_language = "none"  # a block says its language, or has none
add_module_names = False
maximum_signature_line_length = 100  # longer ones have a line for each argument
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = f"lotroute {release}"
html_static_path = ["_static"]
html_css_files = ["guide.css"]
html_copy_source = False
html_show_copyright = False

PART = re.compile(r"^## (.+?)$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
PAGE = re.compile(r"\]\(([\w/]+)\.md\)")


class Console(RegexLexer):
    """Commands after `$ `, and what they print. Pygments' own takes dollars in the output for prompts."""

    name = "console"
    tokens = {  # noqa: RUF012
        "root": [
            (r"^(\$ )((?:.*\\\n)*.*\n)", bygroups(Generic.Prompt, using(BashLexer))),
            (r".*\n", Generic.Output),
        ]
    }


def part_by_part(_: Sphinx, name: str, source: list[str]) -> None:
    """Make the tree of the guide from its first page: a part for each heading, with the pages that are linked there."""
    if name == root_doc:
        for title, text in PART.findall(source[0]):
            pages = "\n".join(dict.fromkeys(PAGE.findall(text)))
            source[0] += f"\n\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{pages}\n```\n"


def without_fields(_: Sphinx, kind: str, name: str, obj: object, skip: bool, options: object) -> bool | None:
    """Leave out the fields of records, which have tables of their own in household.md, policy.md and plan.md."""
    fields = {field for record in Record.__subclasses__() for field in getattr(record, "model_fields", {})}
    return True if name in fields or name.startswith("model_") else None


def without_arguments(_: Sphinx, kind: str, name: str, obj: object, *rest: object) -> tuple[str, None] | None:
    """Leave out the arguments of records, which are their fields."""
    return ("", None) if isinstance(obj, type) and issubclass(obj, Record) else None


def front_door(app: Sphinx, error: Exception | None) -> None:
    """Let a browser that opens the folder find the first page."""
    if error is None and app.builder.format == "html":
        shutil.copy(Path(app.outdir) / f"{root_doc}.html", Path(app.outdir) / "index.html")


def setup(app: Sphinx) -> None:
    """Tell Sphinx of what is above."""
    app.add_lexer("console", Console)
    app.connect("source-read", part_by_part)
    app.connect("autodoc-skip-member", without_fields)
    app.connect("autodoc-process-signature", without_arguments)
    app.connect("build-finished", front_door)

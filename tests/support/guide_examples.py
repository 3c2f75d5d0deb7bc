"""The examples of the guide: every command and every line of Python in docs/guide/ is run, what it prints is compared.

A page's examples run in order, in a folder of their own where `fixtures` is this project's:

- ```console: each line that begins with `$ ` is run by bash; what it prints, errors included, follows it;
- ```pycon: a session of Python, one for the whole page;
- a block of any other language after a line that ends in "as `NAME`:" is saved under that name.

Seconds may differ. `make docs` writes what the examples print into the pages.
"""

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs/guide").glob("*.md"))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAVED_AS = re.compile(r"\bas `([\w./-]+)`:\s*\Z")
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
STATEMENT = re.compile(r"^>>> (.*\n(?:\.\.\.(?: .*)?\n)*)((?:(?!>>> ).*\n)*)", re.MULTILINE)
SECONDS = re.compile(r"\b\d+(\.\d+)? s\b|(?<=seconds of a household: ).*")


def renewed(text: str) -> str:
    """A page's text with all that its examples print as it is printed now. What is the same but for seconds stays."""
    with tempfile.TemporaryDirectory() as name:
        reader, parts, end = Reader(Path(name)), [], 0
        for block in BLOCK.finditer(text):
            language, body = block.groups()
            if language == "console":
                body = COMMAND.sub(reader.command, body)
            elif language == "pycon":
                body = STATEMENT.sub(reader.statement, body)
            elif saved := SAVED_AS.search(text[: block.start()]):
                (reader.folder / saved[1]).write_text(body, encoding="utf-8")
            parts += [text[end : block.start(2)], body]
            end = block.end(2)
        return "".join([*parts, text[end:]])


class Reader:
    """Somebody who follows a page: a folder, and a session of Python."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.session = folder, {"__name__": "__main__"}
        (folder / "fixtures").symlink_to(ROOT / "fixtures")
        own = folder / ".bin"
        own.mkdir()
        (own / "lotroute").write_text(f"#!{sys.executable}\nfrom lotroute.solver.app.cli import main\nmain()\n")
        (own / "lotroute").chmod(0o755)
        path = os.pathsep.join([str(own), str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {**os.environ, "PATH": path, "COLUMNS": "80"}

    def command(self, shown: re.Match[str]) -> str:
        """A command with what bash prints when it runs it, errors included."""
        command, old = shown.groups()
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, check=False, **both)
        return f"$ {command}\n{kept(old, done.stdout)}"

    def statement(self, shown: re.Match[str]) -> str:
        """A statement of Python with what it prints; of an error the last line of the traceback."""
        statement, old = shown.groups()
        code, out = re.sub(r"^\.\.\. ?", "", statement, flags=re.MULTILINE), io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out):
            try:
                exec(compile(code, "<guide>", "single"), self.session)
            except Exception as error:
                out.write(f"Traceback (most recent call last):\n    ...\n{type(error).__name__}: {error}\n")
        return f">>> {statement}{kept(old, out.getvalue())}"


def kept(old: str, new: str) -> str:
    """The old output if it differs from the new one in nothing but seconds, else the new one."""
    new = "".join(f"{line.rstrip()}\n" for line in new.strip("\n").splitlines())
    return old if SECONDS.sub("", old) == SECONDS.sub("", new) else new


if __name__ == "__main__":
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if (new := renewed(text)) != text:
            page.write_text(new, encoding="utf-8")
            sys.stdout.write(f"{page.relative_to(ROOT)} is renewed\n")

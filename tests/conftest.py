"""What tests of the command line share, and a headless Chromium: the installed one; tests skip if there is none."""

import shutil
import sys
from pathlib import Path

import pytest

from lotroute.solver.app.cli import main

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium):
    """Open a file: returns its tab. Fails at the end if the console had an error or anything but a file was loaded."""
    contexts, complaints, loaded = [], [], []

    def open_(path, width=1200, height=900, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: loaded.append(request.url))
        tab.goto(Path(path).resolve().as_uri())
        return tab

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in loaded if not url.startswith(("file:", "data:"))] == []


@pytest.fixture
def run(capfd, monkeypatch):
    """Run `lotroute` with arguments: returns its exit code, its output and its errors, C libraries' included."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["lotroute", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capfd.readouterr()
        return stop.value.code or 0, out, err

    return call

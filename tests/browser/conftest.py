"""A real Chromium, offline, and pages to look at; skipped with a reason where there is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults.layer import FAULTS, load
from tests.runs import run_files

ROOT = Path(__file__).parents[2]
AXE = ROOT / ".cache" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser():
    """Debian's chromium, started by Playwright."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make installs it")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def show(browser):
    """Opens a page; whatever it says on the console, throws, asks or fetches fails the test."""
    contexts, complaints = [], []

    def opened(path, query="", viewport=DESKTOP, **options):
        context = browser.new_context(viewport=viewport, offline=True, **options)
        contexts.append(context)
        context.add_init_script(
            "window.copied = []; Object.defineProperty(navigator, 'clipboard',"
            " {value: {writeText: async (text) => { window.copied.push(text); }}})"
        )
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda sent: None if sent.url.startswith("file:") else complaints.append(sent.url))
        page.goto(f"file://{path}{query}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def broken(once):
    """The files of a run against a server with two defects, with every profile."""
    load()
    faults = several("removal-ignored", "false-is-truthy")
    return once.made("a broken server", lambda folder: run_files(folder, faults, profile="all"))


@pytest.fixture(scope="session")
def good(once):
    """The files of a run that finds nothing."""
    return once.made("a good server", lambda folder: run_files(folder, profile="all"))


def several(*names):
    """One behaviour of several faults."""

    def behave(call, serve):
        for name in names:
            serve = wrapped(FAULTS[name].behaviour, serve)
        return serve(call)

    return behave


def wrapped(behaviour, serve):
    """A server with a fault before it."""
    return lambda call: behaviour(call, serve)

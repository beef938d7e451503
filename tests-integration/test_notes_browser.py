"""The example application as a person uses it: two windows of a real browser."""

import csv
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api")

RUNNING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")
BROWSERS = [path for name in ("chromium", "chromium-browser", "google-chrome")
            if (path := shutil.which(name))]  # fmt: skip

pytestmark = pytest.mark.skipif(not BROWSERS, reason="there is no Chromium here")


@pytest.fixture
def url(examples, tmp_path):
    directory = tmp_path / "notes"
    ignored = shutil.ignore_patterns("*.sqlite3*", "__pycache__", "tests")
    shutil.copytree(examples / "notes", directory, ignore=ignored)
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "--port", "0", "notes.asgi:app"],
        cwd=directory, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        log = ""
        while not (running := RUNNING.search(log)):
            line = server.stderr.readline()
            assert line, f"The server has ended:\n{log}"
            log += line
        yield running[1]
    finally:
        server.terminate()
        _, rest = server.communicate(timeout=20)
    assert server.returncode in (0, -signal.SIGTERM), log + rest
    assert "Traceback" not in log + rest


@pytest.fixture
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSERS[0],
            args=["--no-sandbox", "--disable-background-networking"],
        )
        yield browser
        browser.close()


def test_a_note_appears_in_every_window_and_can_be_downloaded(browser, url):
    first, second = browser.new_page(), browser.new_page()
    for page in (first, second):
        page.goto(url)
        page.wait_for_selector(".live.on")

    first.get_by_label("A new note").fill("Buy <b>bread</b>")
    first.get_by_role("button", name="Add").click()

    for page in (first, second):
        page.get_by_text("Buy <b>bread</b>").wait_for()
        assert page.locator("#notes li").count() == 1

    with first.expect_download() as downloading:
        first.get_by_role("link", name="Download CSV").click()
    text = Path(downloading.value.path()).read_text("utf-8")
    assert downloading.value.suggested_filename == "notes.csv"
    assert [row["text"] for row in csv.DictReader(text.splitlines())] == [
        "Buy <b>bread</b>"
    ]

    second.get_by_role("button", name="Delete this note").click()
    first.locator("#notes li").wait_for(state="detached")


def test_what_the_api_refuses_is_said_on_the_page(browser, url):
    page = browser.new_page()
    page.goto(url)
    page.locator("#text").evaluate("input => input.removeAttribute('maxlength')")

    page.locator("#text").fill("x" * 501)
    page.get_by_role("button", name="Add").click()

    page.get_by_text("Must have no more than 500 characters.").wait_for()

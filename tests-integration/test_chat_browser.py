"""The chat as people use it: several windows of a real browser."""

import re
import shutil
import signal
import subprocess
import sys

import pytest

sync_api = pytest.importorskip("playwright.sync_api")

RUNNING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")
BROWSERS = [path for name in ("chromium", "chromium-browser", "google-chrome")
            if (path := shutil.which(name))]  # fmt: skip

pytestmark = pytest.mark.skipif(not BROWSERS, reason="there is no Chromium here")


@pytest.fixture
def url(examples):
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "--port", "0", "chat.asgi:app"],
        cwd=examples / "chat", stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    log = ""
    try:
        while not (running := RUNNING.search(log)):
            line = server.stderr.readline()
            assert line, f"The server has ended:\n{log}"
            log += line
        yield running[1]
    finally:
        server.terminate()
        log += server.communicate(timeout=20)[1]
    assert server.returncode in (0, -signal.SIGTERM), log
    assert "Traceback" not in log


@pytest.fixture
def enter(url):
    """Open a room in a window of its own, under a name."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSERS[0],
            args=["--no-sandbox", "--disable-background-networking"],
        )

        def enter(room, name):
            page = browser.new_context().new_page()
            page.goto(f"{url}/?room={room}")
            page.get_by_label("What is your name?").fill(name)
            page.get_by_role("button", name="Enter").click()
            page.get_by_text("Connected", exact=True).wait_for()
            return page

        yield enter
        browser.close()


def say(page, text):
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Send").click()


def test_windows_of_one_room_see_each_other_and_another_room_does_not(enter):
    ada, grace = enter("kitchen", "Ada"), enter("kitchen", "Grace")
    alan = enter("garden", "Alan")

    say(ada, "Is there <b>bread</b>?")
    grace.get_by_text("Is there <b>bread</b>?").wait_for()
    say(grace, "There is.")
    say(alan, "How quiet.")

    for page in (ada, grace):
        page.get_by_text("There is.").wait_for()
        assert page.locator("#messages li p").all_inner_texts() == [
            "Is there <b>bread</b>?",
            "There is.",
        ]
        assert page.locator("#people li").all_inner_texts() == ["Ada", "Grace"]
    alan.get_by_text("How quiet.").wait_for()
    assert alan.locator("#messages li").count() == 1
    assert ada.locator("#messages li.mine").count() == 1


def test_who_leaves_is_not_shown_any_more(enter):
    ada, grace = enter("kitchen", "Ada"), enter("kitchen", "Grace")
    ada.locator("#people").get_by_text("Grace").wait_for()

    grace.close()

    ada.locator("#people").get_by_text("Grace").wait_for(state="detached")
    assert ada.locator("#people li").all_inner_texts() == ["Ada"]


def test_a_page_finds_its_room_again_after_a_reload(enter):
    ada = enter("kitchen", "Ada")
    grace = enter("kitchen", "Grace")
    say(grace, "Good morning.")
    ada.get_by_text("Good morning.").wait_for()

    ada.reload()

    ada.get_by_text("Good morning.").wait_for()
    ada.locator("#people").get_by_text("Ada").wait_for()

"""The example application as a person uses it: two windows of a real browser."""

import csv
from pathlib import Path

import pytest


@pytest.fixture
def url(serve, notes):
    with serve(notes, "notes.asgi:app") as url:
        yield url


@pytest.fixture
def open_window(browser, url):
    """Open the page in a window of its own."""
    contexts = []

    def open_window():
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.goto(url)
        page.wait_for_selector(".live.on")
        return page

    yield open_window
    for context in contexts:
        context.close()


def test_a_note_appears_in_every_window_and_can_be_downloaded(open_window):
    first, second = open_window(), open_window()

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


def test_what_the_api_refuses_is_said_on_the_page(open_window):
    page = open_window()
    page.locator("#text").evaluate("input => input.removeAttribute('maxlength')")

    page.locator("#text").fill("x" * 501)
    page.get_by_role("button", name="Add").click()

    page.get_by_text("Must have no more than 500 characters.").wait_for()

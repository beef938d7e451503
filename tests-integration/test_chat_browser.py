"""The chat as people use it: several windows of a real browser."""

import pytest


@pytest.fixture
def url(serve, examples):
    with serve(examples / "chat", "chat.asgi:app") as url:
        yield url


@pytest.fixture
def enter(browser, url):
    """Open a room in a window of its own, under a name."""
    contexts = []

    def enter(room, name):
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.goto(f"{url}/?room={room}")
        page.get_by_label("What is your name?").fill(name)
        page.get_by_role("button", name="Enter").click()
        page.get_by_text("Connected", exact=True).wait_for()
        return page

    yield enter
    for context in contexts:
        context.close()


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

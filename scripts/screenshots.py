"""Take the pictures of the docs from a running example: `hatch run screenshots:take`.

Two windows of one browser show the notes, while somebody writes in the first. Chromium
has to be installed.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import httpx2
from playwright.sync_api import Browser, Page, sync_playwright

from bocadillo import LiveServer
from bocadillo_testing import override_settings

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

NOTES = ["Bake the bread", "Ask what they want in it", "Buy tomatoes and jamón"]


def open_window(browser: Browser, url: str, width: int) -> Page:
    """A window that is connected to the server, in the light palette."""
    size = {"width": width, "height": 450}
    window = browser.new_page(viewport=size, color_scheme="light", locale="en-GB")
    window.goto(url)
    window.wait_for_selector(".live.on")
    return window


def take_pictures(browser: Browser, url: str) -> None:
    """Write what both windows show into the docs."""
    for text in NOTES:
        httpx2.post(f"{url}/api/notes", json={"text": text}).raise_for_status()
    first, second = (open_window(browser, url, width) for width in (640, 380))
    first.type("#text", "Eat")
    second.wait_for_selector("#writing:not([hidden])")
    second.screenshot(path=IMAGES / "notes-other-window.png")
    first.screenshot(path=IMAGES / "notes.png")


def main() -> None:
    """Serve the example on a new database, and look at it."""
    browser = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if browser is None:
        sys.exit(f"None of {', '.join(CHROMIUM)} is installed.")
    sys.path.insert(0, str(ROOT / "examples" / "notes"))
    from notes.asgi import app  # noqa: PLC0415 - found by the path above

    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser, args=["--no-sandbox"]
        )
        database = Path(place) / "notes.sqlite3"
        with override_settings(app, DATABASE=database), LiveServer(app) as server:
            take_pictures(chromium, str(server.url))
            chromium.close()


if __name__ == "__main__":
    main()

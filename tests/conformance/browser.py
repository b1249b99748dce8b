"""A real browser for the pages, and what every page is held against."""

import re
import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

# The accounts of the table that are in the document, each a button that opens it.
ROWS = "#rows button.mono"


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: the pages are not tested")
    playwright = pytest.importorskip("playwright.sync_api").sync_playwright().start()
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield chromium
    chromium.close()
    playwright.stop()


@pytest.fixture
def opened(chromium):
    """Opens a page at a size. At the end of the test, no page may have had an error, such as something that its policy forbids."""
    pages, errors = [], []

    def opened(url, viewport):
        page = chromium.new_page(viewport=viewport)
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" and "status of 400" not in message.text else None)
        page.on("response", lambda response: errors.append(f"{response.status} {response.url}") if response.status not in (200, 400) else None)
        pages.append(page)
        page.goto(url)
        page.locator(ROWS).first.wait_for()
        return page

    yield opened
    for page in pages:
        page.close()
    assert errors == []


def is_scrolled_sideways(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def found(page):
    """How many accounts the filters leave: a number."""
    return int(re.match(r"[\d,]+", page.locator("#count").text_content())[0].replace(",", ""))


def obstacles(page):
    """What axe-core finds that keeps people from using the page."""
    from axe_playwright_python.sync_playwright import Axe

    # What it injects is its own, and not the page's.
    violations = Axe().run(page).response["violations"]
    return [(violation["id"], [node["html"] for node in violation["nodes"]][:3]) for violation in violations]

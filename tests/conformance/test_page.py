"""The page of `serve`, in a real browser."""

import json
import re

import pytest

from browser import NARROW, ROWS, WIDE, found, is_scrolled_sideways, obstacles
from conftest import ADMINISTRATOR, APP, MANAGEMENT, ROOT, Cloud

MARKUP = "<img src=x onerror=alert(1)></script><b>web"


@pytest.fixture
def small():
    """The example environment, which has OUs."""
    small = Cloud(ROOT / "tests/local-cloud/scenarios/small.yaml")
    yield small
    small.stop()


def text_of(page):
    return re.sub(r"\s+", " ", page.locator("body").inner_text())


def lines(page):
    return page.locator("#lines tr").count()


def unit(page, name):
    return page.locator("tr.unit button", has_text=re.compile(rf"^{re.escape(name)} \("))


def view_sizes(page):
    """The bytes of each answer that brings the page up to date, as they come."""
    sizes = []
    page.on("response", lambda response: "/_emulator/view" in response.url and sizes.append(response))
    return sizes


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_page_shows_organization_graphs_and_journal(cloud, opened, viewport):
    cloud.client("detective", ADMINISTRATOR).list_graphs()
    cloud.client("organizations", MANAGEMENT).list_accounts()
    with pytest.raises(Exception):
        cloud.client("detective", "333333333333").list_members(GraphArn="arn:wrong" * 3)
    page = opened(cloud.url, viewport)
    text = text_of(page)
    assert "2026-01-05 09:00:00" in text
    assert "Organization o-exampleorg01: " in text and "111111111111 111111111111 (management)" in text
    assert found(page) >= 1305 and page.locator(ROWS).count() < 200, "only what is in view is in the document"
    assert re.search(r"us-east-1 of 222222222222 [\d.]+ % 1 of [\d,]+ in scope organization graph of 222222222222: "
                     r"ACCEPTED_BUT_DISABLED 2, ENABLED 1", text), text
    assert "detective:ListGraphs 200" in text
    assert "organizations:ListAccounts 200" in text
    assert "detective:ListMembers 400 ValidationException" in text
    assert page.locator("#journal").bounding_box()["y"] < page.locator("#regions").bounding_box()["y"]
    assert not is_scrolled_sideways(page)


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_buttons_advance_the_clock_create_an_account_and_inject_a_fault(cloud, opened, viewport):
    page = opened(cloud.url, viewport)
    before = found(page)
    page.get_by_label("Account name").fill(MARKUP)
    page.get_by_role("button", name="Create account").click()
    page.get_by_text("organizations:CreateAccount").first.wait_for()
    page.get_by_role("button", name="Advance 1 hour").click()
    page.locator("#now", has_text="2026-01-05 10:00:00").wait_for()
    page.locator("#count", has_text=f"{before + 1:,} of").wait_for()
    # A name is text, wherever it goes.
    page.get_by_label("Search by account id, name or OU").fill("onerror")
    assert found(page) == 1
    page.locator(ROWS).first.click()
    dialog = page.get_by_role("dialog")
    assert MARKUP in dialog.inner_text()
    dialog.get_by_text("joined the organization").wait_for()
    assert page.locator("img, b >> text=web").count() == 0
    dialog.get_by_role("button", name="Close").click()

    page.get_by_label("Operation").fill("ListGraphs")
    page.locator("#effect").select_option("InternalServerException")
    page.get_by_role("button", name="Inject fault").click()
    page.get_by_text('{"error":{"code":"InternalServerException"}}, 0 of 1 calls').wait_for()
    with pytest.raises(Exception):
        cloud.client("detective", ADMINISTRATOR).list_graphs()
    page.get_by_text("500 InternalServerException (fault)").wait_for()
    page.get_by_text("1 of 1 calls").wait_for()
    page.get_by_role("button", name="Remove all faults").click()
    page.locator("#faults:empty").wait_for(state="attached")
    assert cloud.admin("faults") == []
    # What cannot be done is stated.
    page.get_by_label("Operation").fill("CreateAccount")
    page.locator("#effect").select_option("AccessDeniedException")
    page.get_by_role("button", name="Inject fault").click()
    page.get_by_text("The next 1 call of CreateAccount will fail.").wait_for()
    page.get_by_role("button", name="Create account").click()
    page.get_by_text("Not done: AccessDeniedException").wait_for()
    assert not is_scrolled_sideways(page)


def test_an_account_has_its_history(cloud, opened):
    administrator = cloud.client("detective", ADMINISTRATOR)
    graph = administrator.list_graphs()["GraphList"][0]["Arn"]
    page = opened(cloud.url, WIDE)
    page.get_by_label("Search by account id, name or OU").fill(APP)
    page.locator(ROWS).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("heading", name="History").wait_for()
    # It goes on while it is shown.
    administrator.delete_members(GraphArn=graph, AccountIds=[APP])
    dialog.get_by_text("no member any more").wait_for()
    dialog.get_by_text(f"detective:DeleteMembers by {ADMINISTRATOR}").wait_for()
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_a_collapsed_unit_stays_collapsed(small, opened):
    page = opened(small.url, WIDE)
    unit(page, "Workloads").click()
    assert unit(page, "Workloads").get_attribute("aria-expanded") == "false"
    collapsed = page.locator(ROWS).all_inner_texts()
    assert APP not in collapsed
    # A change is shown, and leaves it so; as does loading the page again.
    small.client("organizations", MANAGEMENT).create_account(AccountName="another", Email="another@example.com")
    small.advance("1h")
    page.locator("#lines", has_text="organizations:CreateAccount").wait_for()
    page.locator("#rows", has_text="another").wait_for()
    assert unit(page, "Workloads").get_attribute("aria-expanded") == "false" and APP not in page.locator(ROWS).all_inner_texts()
    page.reload()
    page.locator(ROWS).first.wait_for()
    assert unit(page, "Workloads").get_attribute("aria-expanded") == "false" and APP not in page.locator(ROWS).all_inner_texts()
    unit(page, "Workloads").click()
    assert APP in page.locator(ROWS).all_inner_texts()


def test_only_changes_go_over_the_wire(cloud, opened):
    client = cloud.client("detective", ADMINISTRATOR)
    for _ in range(250):
        client.list_graphs()
    page = opened(cloud.url, WIDE)
    assert lines(page) == 200, "the newest of them"
    answers = view_sizes(page)
    for _ in range(3):
        with page.expect_response(re.compile("/_emulator/view")):
            pass
    still = [len(answer.body()) for answer in answers]
    assert still and max(still) < 200, still
    client.list_graphs()
    page.locator("#lines tr:first-child", has_text="251").wait_for()
    assert lines(page) == 200
    assert max(len(answer.body()) for answer in answers) < 500, "one call is one line"


def test_the_page_is_used_by_keyboard_and_has_labels(small, opened):
    page = opened(small.url, WIDE)
    assert obstacles(page) == []
    button = page.locator(ROWS).first
    button.focus()
    account = button.inner_text()
    # What has the focus keeps it when the page is brought up to date.
    small.client("organizations", MANAGEMENT).create_account(AccountName="another", Email="another@example.com")
    small.advance("1h")
    page.locator("#rows", has_text="another").wait_for()
    assert page.evaluate("document.activeElement.textContent") == account
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("heading", name="History").wait_for()
    assert account in dialog.inner_text() and obstacles(page) == []
    page.keyboard.press("Escape")
    unit(page, "Workloads").focus()
    page.keyboard.press("Space")
    assert unit(page, "Workloads").get_attribute("aria-expanded") == "false"
    assert page.evaluate("document.activeElement.textContent").startswith("Workloads")


def test_the_largest_organization_is_served(opened):
    cloud = Cloud(ROOT / "tests/local-cloud/scenarios/10000-accounts-17-regions.yaml", speed="60")
    try:
        page = opened(cloud.url, WIDE)
        paint = page.evaluate("performance.now()")
        answers = view_sizes(page)
        for _ in range(3):
            with page.expect_response(re.compile("/_emulator/view")):
                pass
        result = page.evaluate("""() => {
          const timed = change => { const start = performance.now(); change(); return performance.now() - start; };
          const set = (id, value) => { $(id).value = value; $(id).dispatchEvent(new Event("input")); };
          return Math.max(timed(() => set("search", "300000005000")), timed(() => set("search", "")), timed(() => set("needs", "time")), timed(() => set("needs", "")));
        }""")
        still = [len(answer.body()) for answer in answers]
        everything = len(json.dumps(cloud.admin("view")))
        print(f"{everything:,} bytes once, {max(still)} a second; drawn after {paint:.0f} ms, a filter {result:.0f} ms")
        assert everything < 1_500_000 and max(still) < 200
        assert found(page) == 10_000 and page.locator(ROWS).count() < 200
    finally:
        cloud.stop()

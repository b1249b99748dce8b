"""The coverage page, in a real browser: from disk, with ten thousand accounts in seventeen Regions."""

import subprocess

import pytest

from browser import NARROW, ROWS, WIDE, found, is_scrolled_sideways, obstacles
from conftest import ROOT, command_line

# What a person would do, and what of it is measured: in the page's own time.
TIMED = """() => {
  const timed = change => { const start = performance.now(); change(); return performance.now() - start; };
  const set = (id, value) => { $(id).value = value; $(id).dispatchEvent(new Event("input")); };
  const result = Math.max(timed(() => set("search", "300000000000")), timed(() => set("search", "")), timed(() => set("needs", "person")));
  set("needs", "");
  return result;
}"""


@pytest.mark.parametrize("scenario, accounts, regions", [("1300-accounts", 1302, 2), ("10000-accounts-17-regions", 10000, 17)])
def test_the_coverage_page_of_a_plan(scenario, accounts, regions, opened, tmp_path):
    file = tmp_path / "coverage.html"
    command = [command_line(), "plan", "--quiet", "--scenario", str(ROOT / f"tests/local-cloud/scenarios/{scenario}.yaml"), "--out", str(file)]
    plan = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    assert file.exists(), plan.stderr
    assert file.read_text().rstrip().endswith("</html>")
    page = opened(file.as_uri(), WIDE)
    paint = page.evaluate("performance.now()")
    print(f"{scenario}: {file.stat().st_size:,} bytes, drawn after {paint:.0f} ms, a filter {page.evaluate(TIMED):.0f} ms")
    assert page.locator("#count").text_content() == f"{accounts:,} of {accounts:,} accounts"
    # Only what is in view is in the document.
    assert 0 < page.locator(ROWS).count() < 200
    page.get_by_label("Search by account id, name or OU").fill("300000000000")
    assert found(page) == 1 and page.locator(ROWS).all_inner_texts() == ["300000000000"]
    page.locator(ROWS).click()
    assert page.locator("#account-rows tr").count() == regions
    page.get_by_role("button", name="Close").click()
    assert obstacles(page) == []


def test_the_coverage_page_on_a_narrow_screen(opened, tmp_path):
    file = tmp_path / "coverage.html"
    subprocess.run([command_line(), "plan", "--quiet", "--out", str(file)], check=True, capture_output=True, timeout=600)
    page = opened(file.as_uri(), NARROW)
    assert not is_scrolled_sideways(page)
    page.get_by_label("by OU").check()
    unit = page.locator("tr.unit button").first
    unit.click()
    rows = page.locator(ROWS).count()
    page.reload()
    page.get_by_label("by OU").check()
    assert page.locator("tr.unit button").first.get_attribute("aria-expanded") == "false" and page.locator(ROWS).count() == rows
    assert not is_scrolled_sideways(page) and obstacles(page) == []

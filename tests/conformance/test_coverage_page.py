"""The coverage page, in a real browser: from disk, with ten thousand accounts in seventeen Regions."""

import json
import re
import shutil
import subprocess

import pytest

from conftest import ROOT, command_line

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# What a person would do, and what of it is measured: in the page's own time.
SCRIPT = """
<script>
const shown = () => document.querySelectorAll("#rows .mono").length;
const timed = change => { const start = performance.now(); change(); return performance.now() - start; };
const set = (id, value) => { const field = document.getElementById(id); field.value = value; field.dispatchEvent(new Event("input")); };
const result = { paint: performance.now(), lines: shown(), count: document.getElementById("count").textContent };
result.filter = Math.max(timed(() => set("search", "SEARCH")), timed(() => set("search", "")), timed(() => set("needs", "person")));
set("needs", "");
set("search", "SEARCH");
result.found = document.getElementById("count").textContent;
result.cells = [...document.querySelectorAll("#rows .mono")].map(cell => cell.textContent);
document.querySelector("#rows .mono").click();
result.regions = document.querySelectorAll("#account-rows tr").length;
document.title = "RESULT" + JSON.stringify(result);
</script>
"""


def in_browser(page, search, tmp_path):
    text = page.read_text()
    assert text.rstrip().endswith("</html>")
    # The page forbids every script but its own; this one stands in it.
    driven = tmp_path / "driven.html"
    driven.write_text(text.replace("</html>", SCRIPT.replace("SEARCH", search) + "</html>"))
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
               "--disable-component-update", "--disable-sync", "--disable-quic", f"--user-data-dir={tmp_path / 'profile'}",
               "--window-size=1280,900", "--dump-dom", driven.as_uri()]
    document = subprocess.run(command, capture_output=True, text=True, timeout=300).stdout
    found = re.search(r"<title>RESULT(.*?)</title>", document, flags=re.S)
    assert found, document[-2000:]
    return json.loads(found[1].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: the page is not tested")
@pytest.mark.parametrize("scenario, accounts, regions", [("1300-accounts", 1302, 2), ("10000-accounts-17-regions", 10000, 17)])
def test_the_coverage_page_of_a_plan(scenario, accounts, regions, tmp_path):
    page = tmp_path / "coverage.html"
    command = [command_line(), "plan", "--quiet", "--scenario", str(ROOT / f"tests/local-cloud/scenarios/{scenario}.yaml"), "--out", str(page)]
    plan = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    assert page.exists(), plan.stderr
    result = in_browser(page, "300000000000", tmp_path)
    print(scenario, f"{page.stat().st_size:,} bytes", result)
    assert result["count"] == f"{accounts:,} of {accounts:,} accounts"
    # Only what is in view is in the document.
    assert 0 < result["lines"] < 200
    assert result["found"].startswith("1 of ") and result["cells"] == ["300000000000"]
    assert result["regions"] == regions

"""The page for people, in a real browser."""

import re
import shutil
import subprocess

import pytest

from conftest import ADMINISTRATOR, MANAGEMENT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: the page is not tested")
def test_the_page_shows_organization_graphs_and_journal(cloud, tmp_path):
    cloud.client("detective", ADMINISTRATOR).list_graphs()
    cloud.client("organizations", MANAGEMENT).list_accounts()
    with pytest.raises(Exception):
        cloud.client("detective", "333333333333").list_members(GraphArn="arn:wrong" * 3)
    # Its own folder and no background traffic; virtual time lets the page poll the emulator a few times.
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
               "--disable-component-update", "--disable-sync", "--disable-quic", f"--user-data-dir={tmp_path}",
               "--virtual-time-budget=5000", "--dump-dom", f"{cloud.url}/"]
    page = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    text = re.sub(r"<script>.*?</script>|<[^>]+>", " ", page, flags=re.S)
    text = re.sub(r"\s+", " ", text)
    assert "2026-01-05T09:00:00" in text
    assert "o-exampleorg01 (1305)" in text and "111111111111 111111111111 management" in text
    assert "and 1255 more" in text, "a long list is cut"
    assert re.search(r"us-east-1 222222222222 organization 3 .*ACCEPTED_BUT_DISABLED 2, ENABLED 1", text), text
    assert "detective:ListGraphs 200" in text
    assert "organizations:ListAccounts 200" in text
    assert "detective:ListMembers 400 ValidationException" in text

"""The emulator as a process, and boto3 clients whose every answer is checked against botocore's service model."""

import json
import os
import pathlib
import subprocess
import urllib.request

import boto3
import botocore.config
import botocore.session
import pytest

import model
from browser import chromium, opened  # They are fixtures.

ROOT = pathlib.Path(__file__).parents[2]
MANAGEMENT, ADMINISTRATOR, APP, OUTSIDER = "111111111111", "222222222222", "333333333333", "999999999999"


def command_line():
    """The path of the command."""
    return os.environ.get("EMULATOR", str(ROOT / "target/debug/detective-onboarding"))


class Cloud:
    """One emulator process, started from a scenario."""

    def __init__(self, scenario, *more, speed="0"):
        command = [command_line(), "serve", "--port", "0",
                   "--speed", speed, "--scenario", str(scenario), *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if "AWS_ENDPOINT_URL=" in line:
                self.url = line.split("AWS_ENDPOINT_URL=")[1].split()[0]
                break
        else:
            raise RuntimeError(f"{command} printed no AWS_ENDPOINT_URL")

    def client(self, service, account, region="us-east-1", **settings):
        config = botocore.config.Config(retries={"total_max_attempts": 1}, **settings)
        client = boto3.client(service, endpoint_url=self.url, region_name=region, aws_access_key_id=account,
                              aws_secret_access_key="any", config=config)
        client.meta.events.register("before-parse.*.*", model.check_answer)
        return client

    def admin(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{path}", data=data, method=method)
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def advance(self, span):
        return self.admin("clock", {"advance": span})

    def faults(self, *rules):
        return self.admin("faults", list(rules), "PUT")

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def cloud():
    """An organization with an organization graph in us-east-1 and an invitation graph in eu-west-1."""
    cloud = Cloud(pathlib.Path(__file__).parent / "scenario.yaml")
    yield cloud
    cloud.stop()


def pytest_addoption(parser):
    parser.addoption("--update-table", action="store_true", help="write tests/emulator/OPERATIONS.md")

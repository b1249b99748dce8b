"""All operations of Detective through the AWS SDK for JavaScript: it reads of the emulator what boto3 reads."""

import datetime
import json
import os
import pathlib
import shutil
import subprocess

import pytest
from botocore import xform_name

from cases import NATURAL, VALID, World
from conftest import Cloud

HERE = pathlib.Path(__file__).parent
MODULES = HERE.parents[1] / "target" / "ci" / "javascript" / "node_modules"
pytestmark = pytest.mark.skipif(shutil.which("node") is None or not MODULES.exists(),
                                reason="Node.js or the SDK is not installed: .ci/run conformance installs them")


def plain(value):
    """A value as JSON has it, with times as JavaScript writes them."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
    return value


def call(cloud, account, region, *calls):
    work = {"endpoint": cloud.url, "account": account, "region": region,
            "calls": [{"operation": operation, "request": plain(request)} for operation, request in calls]}
    environment = {"PATH": os.environ["PATH"], "NODE_PATH": str(MODULES)}
    program = ["node", str(HERE / "javascript" / "call.cjs")]
    done = subprocess.run(program, input=json.dumps(work), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def other():
    """Another cloud that starts as the first one does, and makes up the same ids."""
    cloud = Cloud(HERE / "scenario.yaml")
    yield cloud
    cloud.stop()


def test_the_sdk_has_the_same_operations(cloud):
    commands = call(cloud, "111111111111", "us-east-1")["operations"]
    assert sorted(VALID) == sorted(command.removesuffix("Command") for command in commands)


@pytest.mark.parametrize("operation", sorted(VALID))
def test_an_answer_is_the_one_that_boto3_reads(cloud, other, operation):
    account, region, request = VALID[operation]
    expected = getattr(other.client("detective", account, region), xform_name(operation))(**request(World(other)))
    del expected["ResponseMetadata"]
    result = call(cloud, account, region, (operation, request(World(cloud))))["results"][0]
    assert result["status"] in (200, 204), result
    assert result["answer"] == plain(expected)


@pytest.mark.parametrize(("operation", "error"), sorted(NATURAL))
def test_an_error_is_one_that_the_sdk_knows(cloud, operation, error):
    account, region, request = NATURAL[(operation, error)]
    result = call(cloud, account, region, (operation, request(World(cloud))))["results"][0]
    assert (result["error"], result["modeled"]) == (error, True), result
    assert result["message"], result

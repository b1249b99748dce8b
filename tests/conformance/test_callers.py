"""Who calls, when and where: signatures have a clock, Regions exist, and ARNs are of the caller's partition."""

import datetime

import pytest
from botocore.exceptions import ClientError

from conftest import ADMINISTRATOR, APP, MANAGEMENT
from test_operations import request

START = datetime.datetime(2026, 1, 5, 9, tzinfo=datetime.timezone.utc)


def signed_at(time, service, day=None):
    date = time.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{ADMINISTRATOR}/{day or date[:8]}/us-east-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=0", "X-Amz-Date": date}


# By the clock of the emulator, which is virtual, and by that of the machine, which SDKs sign by.
@pytest.mark.parametrize("clock", [lambda: START, lambda: datetime.datetime.now(datetime.timezone.utc)], ids=["virtual", "machine"])
@pytest.mark.parametrize(("service", "path", "minutes", "refusal"), [
    ("sts", "/?Action=GetCallerIdentity&Version=2011-06-15", 5, "SignatureDoesNotMatch"),
    ("s3", "/coverage-reports?list-type=2", 15, "RequestTimeTooSkewed"),
])
def test_a_signature_is_taken_for_some_minutes(cloud, clock, service, path, minutes, refusal):
    # A minute of tolerance: real time passes meanwhile.
    for distance in (0, 1 - minutes, minutes - 1):
        status, body = request(cloud, path, signed_at(clock() + datetime.timedelta(minutes=distance), service))
        assert status == 200, (distance, body)
    for distance in (-minutes - 1, minutes + 1, -300 * 24 * 60 + minutes):
        status, body = request(cloud, path, signed_at(clock() + datetime.timedelta(minutes=distance), service))
        assert (status, refusal in body) == (403, True), (distance, body)


def test_a_signature_has_a_date_and_the_date_of_its_scope(cloud):
    path = "/?Action=GetCallerIdentity&Version=2011-06-15"
    status, body = request(cloud, path, signed_at(START, "sts", day="20260104"))
    assert (status, "does not match YYYYMMDD" in body) == (403, True), body
    headers = signed_at(START, "sts")
    del headers["X-Amz-Date"]
    # A key that is an account's id has no secret, and its signature nothing to check.
    for key, expected in [(ADMINISTRATOR, 200), ("AKIAEXAMPLE", 400)]:
        of_key = {"Authorization": headers["Authorization"].replace(ADMINISTRATOR, key)}
        status, body = request(cloud, path, of_key)
        assert (status, "IncompleteSignature" in body) == (expected, expected == 400), body


@pytest.mark.parametrize("service", ["detective", "sqs", "sts", "organizations", "s3"])
def test_a_region_that_does_not_exist_is_refused(cloud, service):
    call = {"detective": "list_graphs", "sqs": "list_queues", "sts": "get_caller_identity", "organizations": "list_roots"}
    client = cloud.client(service, MANAGEMENT, "mars-east-9")
    with pytest.raises(ClientError) as error:
        client.list_objects_v2(Bucket="coverage-reports") if service == "s3" else getattr(client, call[service])()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert "valid region" in str(error.value)


def test_arns_in_govcloud_are_of_its_partition(cloud):
    identity = cloud.client("sts", APP, "us-gov-west-1").get_caller_identity()
    assert identity["Arn"] == f"arn:aws-us-gov:iam::{APP}:user/administrator"
    organization = cloud.client("organizations", MANAGEMENT, "us-gov-west-1").describe_organization()["Organization"]
    assert organization["Arn"].startswith("arn:aws-us-gov:organizations::")
    sts = cloud.client("sts", ADMINISTRATOR, "us-gov-west-1")
    with pytest.raises(ClientError):
        sts.assume_role(RoleArn=f"arn:aws:iam::{APP}:role/DetectiveMember", RoleSessionName="there")
    session = sts.assume_role(RoleArn=f"arn:aws-us-gov:iam::{APP}:role/DetectiveMember", RoleSessionName="there")
    assert session["AssumedRoleUser"]["Arn"] == f"arn:aws-us-gov:sts::{APP}:assumed-role/DetectiveMember/there"

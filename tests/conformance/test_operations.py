"""What is not emulated answers 501 and names itself: tried with every operation of AWS of every service that the emulator speaks."""

import urllib.error
import urllib.parse
import urllib.request

import pytest
from botocore import UNSIGNED, xform_name
from botocore.config import Config
from botocore.exceptions import MissingDependencyException

from conftest import ADMINISTRATOR, MANAGEMENT
from neighbours import NEIGHBOURS, SERVICES, SESSION, example, members, not_emulated, stated, with_member

def on_the_wire(model, name):
    """What tells an operation from others: some of S3's are told apart by their host alone."""
    operation = model.operation_model(name)
    rest = model.metadata["protocol"].startswith("rest")
    return (operation.http["method"], operation.http["requestUri"]) if rest else name


@pytest.mark.parametrize("service", SERVICES)
def test_an_operation_that_is_not_emulated_answers_501(cloud, service):
    model, names = not_emulated(service)
    client = cloud.client(service, MANAGEMENT, parameter_validation=False, inject_host_prefix=False)
    for name in names:
        operation = model.operation_model(name)
        request = example(operation.input_shape) if operation.input_shape else {}
        with pytest.raises(Exception) as caught:
            getattr(client, xform_name(name))(**request)
        response = getattr(caught.value, "response", None)
        assert response, f"{name}: {caught.value!r}"
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 501, f"{name}: {response}"
        alike = [other for other in names if on_the_wire(model, other) == on_the_wire(model, name)]
        message = response["Error"]["Message"]
        last = cloud.admin("journal?limit=1000")[-1]
        if last["service"] != service:
            # Directory buckets have a service of their own.
            assert f"{last['service']}:{last['operation']}" in message, f"{name}: {response}"
            continue
        assert any(f"{service}:{other} " in message for other in alike), f"{name}: {response}"
        assert last["operation"] in alike


@pytest.mark.parametrize("service", [name for name in SERVICES if any(
    model.operation_model(operation).auth_type == "none" for model in [SESSION.get_service_model(name)]
    for operation in model.operation_names)])
def test_an_operation_that_anybody_may_call_answers_501_without_a_signature(cloud, service):
    model, names = not_emulated(service)
    client = SESSION.create_client(service, endpoint_url=cloud.url, region_name="us-east-1", config=Config(
        signature_version=UNSIGNED, retries={"total_max_attempts": 1}))
    open_to_all = [name for name in names if model.operation_model(name).auth_type == "none"]
    assert open_to_all
    for name in open_to_all:
        request = example(model.operation_model(name).input_shape)
        with pytest.raises(client.exceptions.ClientError) as caught:
            getattr(client, xform_name(name))(**request)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501, caught.value.response
        assert name in str(caught.value)


# A member whose value decides whether it is honoured, with a value that is.
HONOURED_VALUES = {("s3", "PutObject", "IfNoneMatch"): "*", ("s3", "PutObject", "ContentLength"): 0, ("ssm", "PutParameter", "Type"): "String",
                   ("iam", "CreateServiceLinkedRole", "AWSServiceName"): "detective.amazonaws.com"}


@pytest.mark.parametrize("service", NEIGHBOURS)
def test_a_member_of_an_input_is_honoured_or_answers_501(cloud, service):
    model = SESSION.get_service_model(service)
    client = cloud.client(service, ADMINISTRATOR, parameter_validation=False)
    for name in stated(service):
        shape = model.operation_model(name).input_shape
        honoured, refused = members(service, name)
        for path in honoured + refused:
            request = with_member(shape, path)
            request.update({member: value for (of, operation, member), value in HONOURED_VALUES.items()
                            if (of, operation) == (service, name) and member in request})
            status = 200
            try:
                getattr(client, xform_name(name))(**request)
            except client.exceptions.ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            except MissingDependencyException:
                # A global endpoint is signed for by a library that is not installed.
                assert (name, path) == ("PutEvents", "EndpointId")
                continue
            assert (status == 501) == (path in refused), f"{name} with {path} answers {status}"


# What clients of other services, and of other protocols, send: service, operation.
@pytest.mark.parametrize(("service", "operation"), [
    ("cloudwatch", "list_metrics"), ("sns", "list_topics"), ("guardduty", "list_detectors"), ("ec2", "describe_regions"),
    ("dynamodb", "list_tables"), ("lexv2-models", "list_bots"), ("route53", "list_hosted_zones"),
])
def test_a_service_that_is_not_emulated_answers_501_in_its_own_protocol(cloud, service, operation):
    client = cloud.client(service, MANAGEMENT, inject_host_prefix=False, parameter_validation=False)
    with pytest.raises(client.exceptions.ClientError) as caught:
        getattr(client, operation)()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501, caught.value.response


def request(cloud, path, headers=None, body=None, method=None):
    sent = urllib.request.Request(cloud.url + path, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(sent) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def signed(service, account=MANAGEMENT):
    """The headers of a request whose signature is not checked: the key is an account's own id."""
    scope = f"{account}/20260105/us-east-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=0",
            "X-Amz-Date": "20260105T090000Z"}


def test_sts_is_called_by_get_too(cloud):
    status, body = request(cloud, "/?Action=GetCallerIdentity&Version=2011-06-15", signed("sts"))
    assert (status, f"<Account>{MANAGEMENT}</Account>" in body) == (200, True), body
    status, body = request(cloud, "/?Action=GetSessionToken&Version=2011-06-15", signed("sts"))
    assert (status, "sts:GetSessionToken" in body) == (501, True), body
    status, body = request(cloud, "/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15")
    assert (status, "sts:AssumeRoleWithWebIdentity" in body) == (501, True), body


def test_a_request_that_is_signed_in_its_query_string_answers_501(cloud):
    url = cloud.client("sts", MANAGEMENT).generate_presigned_url("get_caller_identity")
    status, body = request(cloud, url.removeprefix(cloud.url))
    assert (status, "query string" in body) == (501, True), body


@pytest.mark.parametrize("action", ["ListQueues", "GetQueueUrl", "CreateQueue", "SendMessage"])
def test_sqs_by_the_query_protocol_answers_501(cloud, action):
    headers = {**signed("sqs"), "Content-Type": "application/x-www-form-urlencoded"}
    body = urllib.parse.urlencode({"Action": action, "Version": "2012-11-05", "QueueName": "work"}).encode()
    status, body = request(cloud, "/", headers, body)
    assert (status, f"sqs:{action}" in body) == (501, True), body


def test_an_operation_that_aws_does_not_have_is_refused_as_aws_refuses_it(cloud):
    target = {"X-Amz-Target": "AmazonSQS.Nothing", "Content-Type": "application/x-amz-json-1.0"}
    status, body = request(cloud, "/", {**signed("sqs"), **target}, b"{}")
    assert (status, "UnknownOperationException" in body) == (400, True), body
    status, body = request(cloud, "/?Action=Nothing&Version=2011-06-15", signed("sts"))
    assert (status, "InvalidAction" in body) == (400, True), body

"""The other services that functions use: queues, objects and parameters, with boto3."""

import pytest
from botocore.exceptions import ClientError

from conftest import ADMINISTRATOR, OUTSIDER

QUEUE = "https://sqs.us-east-1.amazonaws.com/222222222222/work"


def code(error):
    return error.value.response["Error"]["Code"]


def test_a_received_message_is_invisible_until_its_timeout_and_is_received_again_until_it_is_deleted(cloud):
    sqs = cloud.client("sqs", ADMINISTRATOR)
    sent = sqs.send_message(QueueUrl=QUEUE, MessageBody="one")
    batch = sqs.send_message_batch(QueueUrl=QUEUE, Entries=[{"Id": "a", "MessageBody": "two", "DelaySeconds": 60}])
    assert [entry["Id"] for entry in batch["Successful"]] == ["a"]
    first = sqs.receive_message(QueueUrl=QUEUE, MaxNumberOfMessages=10)["Messages"]
    assert [(message["MessageId"], message["Body"]) for message in first] == [(sent["MessageId"], "one")]
    assert not sqs.receive_message(QueueUrl=QUEUE).get("Messages")
    cloud.advance("1m")
    counted = {"MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["ApproximateReceiveCount"]}
    again = sqs.receive_message(QueueUrl=QUEUE, **counted)["Messages"]
    assert {message["Body"] for message in again} == {"one", "two"}
    assert {message["Attributes"]["ApproximateReceiveCount"] for message in again} == {"1", "2"}
    sqs.delete_message(QueueUrl=QUEUE, ReceiptHandle=again[0]["ReceiptHandle"])
    sqs.delete_message_batch(QueueUrl=QUEUE, Entries=[{"Id": "b", "ReceiptHandle": again[1]["ReceiptHandle"]}])
    cloud.advance("1m")
    assert not sqs.receive_message(QueueUrl=QUEUE).get("Messages")
    with pytest.raises(ClientError) as error:
        sqs.send_message(QueueUrl=QUEUE + "-other", MessageBody="three")
    assert "QueueDoesNotExist" in code(error) or "NonExistentQueue" in code(error)


def test_an_object_is_read_as_it_was_written_by_the_buckets_account_alone(cloud):
    s3 = cloud.client("s3", ADMINISTRATOR)
    s3.put_object(Bucket="coverage-reports", Key="coverage/us-east-1/a b.csv", Body=b"one\r\ntwo")
    assert s3.get_object(Bucket="coverage-reports", Key="coverage/us-east-1/a b.csv")["Body"].read() == b"one\r\ntwo"
    keys = s3.list_objects_v2(Bucket="coverage-reports")["Contents"]
    assert [entry["Key"] for entry in keys] == ["coverage/us-east-1/a b.csv"]
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket="coverage-reports", Key="nothing")
    assert code(error) == "NoSuchKey"
    with pytest.raises(ClientError) as error:
        cloud.client("s3", OUTSIDER).put_object(Bucket="coverage-reports", Key="theirs", Body=b"")
    assert code(error) == "AccessDenied"
    with pytest.raises(ClientError) as error:
        s3.delete_object(Bucket="coverage-reports", Key="nothing")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_an_object_is_replaced_only_if_it_is_the_expected_one_and_read_in_part(cloud):
    s3 = cloud.client("s3", ADMINISTRATOR)
    named = {"Bucket": "coverage-reports", "Key": "state/us-east-1.json"}
    tag = s3.put_object(**named, Body=b"first", IfNoneMatch="*")["ETag"]
    for condition in [{"IfNoneMatch": "*"}, {"IfMatch": '"another"'}]:
        with pytest.raises(ClientError) as error:
            s3.put_object(**named, Body=b"second", **condition)
        assert code(error) == "PreconditionFailed"
    s3.put_object(**named, Body=b"second", IfMatch=tag, ExpectedBucketOwner=ADMINISTRATOR)
    with pytest.raises(ClientError) as error:
        s3.get_object(**named, ExpectedBucketOwner=OUTSIDER)
    assert code(error) == "AccessDenied"
    part = s3.get_object(**named, Range="bytes=0-2")
    assert (part["Body"].read(), part["ContentRange"], part["ETag"] != tag) == (b"sec", "bytes 0-2/6", True)
    with pytest.raises(ClientError) as error:
        s3.get_object(**named, Range="bytes=6-")
    assert code(error) == "InvalidRange"


def test_parameters_are_read(cloud):
    ssm = cloud.client("ssm", ADMINISTRATOR)
    assert ssm.get_parameter(Name="/security/policy", WithDecryption=True)["Parameter"]["Value"] == "{}"
    with pytest.raises(ClientError) as error:
        ssm.get_parameter(Name="/security/other")
    assert code(error) == "ParameterNotFound"

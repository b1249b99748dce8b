"""The other services that functions use: queues, topics, objects and parameters, with boto3."""

import base64
import datetime
import hashlib

import pytest
from botocore.exceptions import ClientError

from conftest import ADMINISTRATOR, APP, MANAGEMENT, OUTSIDER

BUCKET = "coverage-reports"
TOPIC = "arn:aws:sns:us-east-1:222222222222:alerts"
QUEUE = "https://sqs.us-east-1.amazonaws.com/222222222222/work"


def code(error):
    return error.value.response["Error"]["Code"]


def status(error):
    return error.value.response["ResponseMetadata"]["HTTPStatusCode"]


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


@pytest.mark.parametrize(("account", "region"), [(APP, "us-east-1"), (MANAGEMENT, "us-east-1"), (ADMINISTRATOR, "eu-west-1")])
@pytest.mark.parametrize("name", ["/security/policy", "arn:aws:ssm:us-east-1:222222222222:parameter/security/policy"])
def test_a_parameter_is_of_one_account_and_region(cloud, account, region, name):
    with pytest.raises(ClientError) as error:
        cloud.client("ssm", account, region).get_parameter(Name=name)
    assert code(error) in ("ParameterNotFound", "AccessDeniedException")


def test_a_parameter_is_put_and_read_by_version(cloud):
    ssm = cloud.client("ssm", ADMINISTRATOR)
    assert ssm.put_parameter(Name="/a/b", Value="one", Type="String", Description="of a test")["Version"] == 1
    with pytest.raises(ClientError) as error:
        ssm.put_parameter(Name="/a/b", Value="two", Type="String")
    assert code(error) == "ParameterAlreadyExists"
    assert ssm.put_parameter(Name="/a/b", Value="two", Overwrite=True)["Version"] == 2
    own = "arn:aws:ssm:us-east-1:222222222222:parameter/a/b"
    shown = [ssm.get_parameter(Name=name)["Parameter"]["Value"] for name in ("/a/b", "/a/b:1", own, own + ":2")]
    assert shown == ["two", "one", "two", "two"]
    assert ssm.get_parameter(Name="/a/b")["Parameter"]["ARN"] == own
    for request, expected in [
        ({"Name": "/a/b:3"}, "ParameterVersionNotFound"),
        ({"Name": "/a/b:label"}, "ParameterVersionNotFound"),
    ]:
        with pytest.raises(ClientError) as error:
            ssm.get_parameter(**request)
        assert code(error) == expected
    for request in [{"Name": "/aws/x"}, {"Name": "a/b"}, {"Name": "/x", "Value": "x" * 4097}, {"Name": "/x y"}]:
        with pytest.raises(ClientError) as error:
            ssm.put_parameter(**{"Value": "x", "Type": "String", **request})
        assert code(error) == "ValidationException", request
    with pytest.raises(ClientError) as error:
        ssm.put_parameter(Name="/secret", Value="x", Type="SecureString")
    assert status(error) == 501


@pytest.mark.parametrize("operation", ["receive_message", "get_queue_attributes", "send_message", "delete_message_batch"])
def test_a_queue_is_of_one_account_and_region(cloud, operation):
    more = {"send_message": {"MessageBody": "forged"}, "delete_message_batch": {"Entries": [{"Id": "a", "ReceiptHandle": "0" * 40}]}}
    for account in (APP, MANAGEMENT, OUTSIDER):
        with pytest.raises(ClientError) as error:
            getattr(cloud.client("sqs", account), operation)(QueueUrl=QUEUE, **more.get(operation, {}))
        assert code(error) == "AccessDeniedException"
    with pytest.raises(ClientError) as error:
        getattr(cloud.client("sqs", ADMINISTRATOR, "eu-west-1"), operation)(QueueUrl=QUEUE, **more.get(operation, {}))
    assert "InvalidAddress" in code(error)


def test_queues_are_listed_and_described(cloud):
    sqs = cloud.client("sqs", ADMINISTRATOR)
    assert sqs.list_queues()["QueueUrls"] == [QUEUE] == sqs.list_queues(QueueNamePrefix="wo", MaxResults=1)["QueueUrls"]
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="x")
    assert "QueueUrls" not in cloud.client("sqs", APP).list_queues()
    assert sqs.get_queue_url(QueueName="work", QueueOwnerAWSAccountId=ADMINISTRATOR)["QueueUrl"] == QUEUE
    with pytest.raises(ClientError) as error:
        sqs.get_queue_url(QueueName="none")
    assert "NonExistentQueue" in code(error) or "QueueDoesNotExist" in code(error)
    sqs.send_message(QueueUrl=QUEUE, MessageBody="one")
    sqs.send_message(QueueUrl=QUEUE, MessageBody="two", DelaySeconds=60)
    sqs.send_message(QueueUrl=QUEUE, MessageBody="three")
    sqs.receive_message(QueueUrl=QUEUE)
    attributes = sqs.get_queue_attributes(QueueUrl=QUEUE, AttributeNames=["All"])["Attributes"]
    counts = [attributes["ApproximateNumberOfMessages" + kind] for kind in ("", "NotVisible", "Delayed")]
    assert counts == ["1", "1", "1"] and attributes["VisibilityTimeout"] == "30"
    one = sqs.get_queue_attributes(QueueUrl=QUEUE, AttributeNames=["MaximumMessageSize", "RedrivePolicy"])["Attributes"]
    assert one == {"MaximumMessageSize": "1048576"}
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=QUEUE)
    with pytest.raises(ClientError) as error:
        sqs.get_queue_attributes(QueueUrl=QUEUE, AttributeNames=["FifoQueue"])
    assert "InvalidAttributeName" in code(error)


def test_a_receipt_may_have_its_own_visibility_timeout(cloud):
    sqs = cloud.client("sqs", ADMINISTRATOR)
    sqs.send_message(QueueUrl=QUEUE, MessageBody="one")
    for wait in (0, 20):
        assert sqs.receive_message(QueueUrl=QUEUE, VisibilityTimeout=0, WaitTimeSeconds=wait)["Messages"]
    assert sqs.receive_message(QueueUrl=QUEUE, VisibilityTimeout=90)["Messages"]
    cloud.advance("1m")
    assert "Messages" not in sqs.receive_message(QueueUrl=QUEUE)
    cloud.advance("1m")
    assert sqs.receive_message(QueueUrl=QUEUE)["Messages"]


def test_attributes_of_a_message_are_returned_to_whoever_asks_for_them(cloud):
    sqs = cloud.client("sqs", ADMINISTRATOR)
    attributes = {"kind": {"DataType": "String", "StringValue": "event"}, "count": {"DataType": "Number.int", "StringValue": "2"},
                  "raw.data": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    sent = sqs.send_message(QueueUrl=QUEUE, MessageBody="one", MessageAttributes=attributes)
    assert sent["MD5OfMessageAttributes"] == digest(attributes)
    asked = {"QueueUrl": QUEUE, "VisibilityTimeout": 0}
    for names, expected in [([], set()), (["All"], set(attributes)), ([".*"], set(attributes)), (["raw.*"], {"raw.data"}),
                            (["kind", "none"], {"kind"})]:
        message = sqs.receive_message(**asked, MessageAttributeNames=names)["Messages"][0]
        assert message.get("MessageAttributes", {}) == {name: attributes[name] for name in expected}
        if expected:
            assert message["MD5OfMessageAttributes"] == digest({name: attributes[name] for name in expected})
    for wrong in [{"aws.x": {"DataType": "String", "StringValue": "x"}}, {"x": {"DataType": "Text", "StringValue": "x"}},
                  {"x": {"DataType": "Number", "StringValue": "many"}}, {"x": {"DataType": "String"}},
                  {f"x{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)}]:
        with pytest.raises(ClientError) as error:
            sqs.send_message(QueueUrl=QUEUE, MessageBody="one", MessageAttributes=wrong)
        assert code(error) == "InvalidParameterValue", wrong


def digest(attributes):
    """<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>"""
    encoded = b""
    for name, attribute in sorted(attributes.items()):
        binary = "BinaryValue" in attribute
        value = attribute["BinaryValue"] if binary else attribute["StringValue"].encode()
        for part in (name.encode(), attribute["DataType"].encode()):
            encoded += len(part).to_bytes(4, "big") + part
        encoded += (b"\x02" if binary else b"\x01") + len(value).to_bytes(4, "big") + value
    return hashlib.md5(encoded).hexdigest()


def entries(count, **more):
    return [{"Id": str(number), "MessageBody": "x", **more} for number in range(count)]


@pytest.mark.parametrize(("operation", "request_", "expected"), [
    ("receive_message", {"MaxNumberOfMessages": 11}, "InvalidParameterValue"),
    ("receive_message", {"MaxNumberOfMessages": 0}, "InvalidParameterValue"),
    ("receive_message", {"WaitTimeSeconds": 21}, "InvalidParameterValue"),
    ("receive_message", {"VisibilityTimeout": 43201}, "InvalidParameterValue"),
    ("send_message", {"MessageBody": "x", "DelaySeconds": 901}, "InvalidParameterValue"),
    ("send_message", {"MessageBody": "x", "DelaySeconds": -1}, "InvalidParameterValue"),
    ("send_message", {"MessageBody": ""}, "MissingParameter"),
    ("send_message", {"MessageBody": "x" * 1048577}, "InvalidParameterValue"),
    ("send_message", {"MessageBody": "x" * 1048576, "MessageAttributes": {"a": {"DataType": "String", "StringValue": "b"}}},
     "InvalidParameterValue"),
    ("send_message", {"MessageBody": "\x00"}, "InvalidMessageContents"),
    ("send_message_batch", {"Entries": []}, "EmptyBatchRequest"),
    ("send_message_batch", {"Entries": entries(11)}, "TooManyEntriesInBatchRequest"),
    ("send_message_batch", {"Entries": entries(1) * 2}, "BatchEntryIdsNotDistinct"),
    ("send_message_batch", {"Entries": [{"Id": "a b", "MessageBody": "x"}]}, "InvalidBatchEntryId"),
    ("send_message_batch", {"Entries": [{"Id": "a" * 81, "MessageBody": "x"}]}, "InvalidBatchEntryId"),
    ("send_message_batch", {"Entries": [{"Id": i, "MessageBody": "x" * 600_000} for i in "ab"]}, "BatchRequestTooLong"),
    ("delete_message", {"ReceiptHandle": "mine"}, "ReceiptHandleIsInvalid"),
    ("delete_message_batch", {"Entries": [{"Id": "a", "ReceiptHandle": "x"}] * 2}, "BatchEntryIdsNotDistinct"),
    ("change_message_visibility_batch", {"Entries": [{"Id": "a", "ReceiptHandle": "x"}] * 2}, "BatchEntryIdsNotDistinct"),
])
def test_sqs_refuses_what_is_beyond_its_limits(cloud, operation, request_, expected):
    sqs = cloud.client("sqs", ADMINISTRATOR, parameter_validation=False)
    with pytest.raises(ClientError) as error:
        getattr(sqs, operation)(QueueUrl=QUEUE, **request_)
    assert expected in code(error)


def test_an_entry_of_a_batch_that_fails_stops_no_other(cloud):
    sqs = cloud.client("sqs", ADMINISTRATOR)
    late = {"Id": "late", "MessageBody": "x", "DelaySeconds": 901}
    answer = sqs.send_message_batch(QueueUrl=QUEUE, Entries=[late, {"Id": "good", "MessageBody": "x"}])
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]] == [("late", "InvalidParameterValue", True)]
    handle = sqs.receive_message(QueueUrl=QUEUE)["Messages"][0]["ReceiptHandle"]
    answer = sqs.delete_message_batch(QueueUrl=QUEUE, Entries=[{"Id": "a", "ReceiptHandle": "x"}, {"Id": "b", "ReceiptHandle": handle}])
    assert [entry["Code"] for entry in answer["Failed"]] == ["ReceiptHandleIsInvalid"]
    cloud.advance("1m")
    assert "Messages" not in sqs.receive_message(QueueUrl=QUEUE)


def test_keys_with_any_letters_are_listed_by_prefix_delimiter_and_pages(cloud):
    s3 = cloud.client("s3", ADMINISTRATOR)
    keys = ["a&b/<1>.csv", "a&b/2 +ü.csv", "a&b/c/d.csv", "a&b/c/e.csv", "f'\".csv", "g/h.csv"]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode(), ContentType="text/csv")
        assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == key.encode()

    def listed(**request):
        pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, **request))
        return ([entry["Key"] for page in pages for entry in page.get("Contents", [])],
                [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])])

    for size in (1, 2, 1000):
        paged = {"PaginationConfig": {"PageSize": size}}
        assert sorted(listed(**paged)[0]) == sorted(keys)
        assert sorted(listed(Prefix="a&b/", **paged)[0]) == sorted(keys[:4])
        assert listed(Prefix="a&b/c", Delimiter="/", **paged) == ([], ["a&b/c/"])
        contents, prefixes = listed(Delimiter="/", **paged)
        assert (contents, prefixes) == (["f'\".csv"], ["a&b/", "g/"])
    assert listed(StartAfter="f")[0] == ["f'\".csv", "g/h.csv"]
    page = s3.list_objects_v2(Bucket=BUCKET, MaxKeys=2)
    assert (page["KeyCount"], page["IsTruncated"], page["MaxKeys"]) == (2, True, 2)
    assert s3.list_objects_v2(Bucket=BUCKET, MaxKeys=0)["KeyCount"] == 0
    entry = page["Contents"][0]
    assert (entry["Size"], entry["LastModified"].isoformat(), entry["StorageClass"]) == (
        len(entry["Key"].encode()), "2026-01-05T09:00:00+00:00", "STANDARD")
    for request in [{"MaxKeys": -1}, {"ContinuationToken": "!"}]:
        with pytest.raises(ClientError) as error:
            s3.list_objects_v2(Bucket=BUCKET, **request)
        assert code(error) == "InvalidArgument"


def test_an_object_is_described_and_read_on_conditions(cloud):
    s3 = cloud.client("s3", ADMINISTRATOR)
    named = {"Bucket": BUCKET, "Key": "report.csv"}
    tag = s3.put_object(**named, Body=b"0123456789", ContentType="text/csv")["ETag"]
    cloud.advance("1h")
    head = s3.head_object(**named)
    described = (head["ContentLength"], head["ContentType"], head["ETag"], head["LastModified"].isoformat(), head["AcceptRanges"])
    assert described == (10, "text/csv", tag, "2026-01-05T09:00:00+00:00", "bytes")
    written, later = head["LastModified"], head["LastModified"] + datetime.timedelta(minutes=1)
    for wanted, expected in [("bytes=2-4", b"234"), ("bytes=8-", b"89"), ("bytes=-3", b"789"), ("bytes=5-99", b"56789"),
                             ("lines=1-2", b"0123456789"), ("bytes=4-2", b"0123456789")]:
        assert s3.get_object(**named, Range=wanted)["Body"].read() == expected, wanted
    for condition in [{"IfNoneMatch": tag}, {"IfNoneMatch": "*"}, {"IfModifiedSince": written}, {"IfModifiedSince": later}]:
        with pytest.raises(ClientError) as error:
            s3.get_object(**named, **condition)
        assert status(error) == 304, condition
    for condition in [{"IfMatch": '"another"'}, {"IfUnmodifiedSince": written - datetime.timedelta(minutes=1)}]:
        for operation in (s3.get_object, s3.head_object):
            with pytest.raises(ClientError) as error:
                operation(**named, **condition)
            assert status(error) == 412, condition
    for condition in [{"IfMatch": tag}, {"IfNoneMatch": '"another"'}, {"IfUnmodifiedSince": written},
                      {"IfModifiedSince": written - datetime.timedelta(minutes=1)},
                      {"IfMatch": tag, "IfUnmodifiedSince": written - datetime.timedelta(minutes=1)}]:
        assert s3.get_object(**named, **condition)["Body"].read() == b"0123456789", condition
    assert s3.get_object(**named, ResponseContentType="text/plain")["ContentType"] == "text/plain"
    for request, expected in [({**named, "Key": "none"}, 404), ({**named, "ExpectedBucketOwner": OUTSIDER}, 403),
                              ({**named, "Range": "bytes=10-"}, 416)]:
        with pytest.raises(ClientError) as error:
            s3.head_object(**request)
        assert status(error) == expected
    assert s3.head_bucket(Bucket=BUCKET)["BucketRegion"] == "us-east-1"
    for account, bucket, expected in [(OUTSIDER, BUCKET, 403), (ADMINISTRATOR, "no-such-bucket", 404)]:
        with pytest.raises(ClientError) as error:
            cloud.client("s3", account).head_bucket(Bucket=bucket)
        assert status(error) == expected


def test_an_object_that_arrives_otherwise_than_it_was_sent_is_refused(cloud):
    s3 = cloud.client("s3", ADMINISTRATOR)
    named = {"Bucket": BUCKET, "Key": "checked"}
    assert s3.put_object(**named, Body=b"x", ChecksumSHA256=base64.b64encode(hashlib.sha256(b"x").digest()).decode())["ETag"]
    assert "ChecksumCRC32" in s3.put_object(**named, Body=b"x")
    for wrong in [{"ChecksumSHA256": "AAAA"}, {"ChecksumCRC32": "AAAAAA=="}, {"ContentMD5": "AAAAAAAAAAAAAAAAAAAAAA=="}]:
        with pytest.raises(ClientError) as error:
            s3.put_object(**named, Body=b"x", **wrong)
        assert code(error) == "BadDigest", wrong
    with pytest.raises(ClientError) as error:
        s3.put_object(**named, Body=b"x", ChecksumAlgorithm="SHA1")
    assert status(error) == 501


def test_s3_names_errors_of_credentials_in_its_own_way(cloud):
    for account, expected in [("AKIAUNKNOWN", "InvalidAccessKeyId"), (OUTSIDER, "AccessDenied")]:
        with pytest.raises(ClientError) as error:
            cloud.client("s3", account).list_objects_v2(Bucket=BUCKET)
        assert code(error) == expected


def test_a_topic_takes_messages_of_its_account_and_of_those_that_its_policy_names(cloud):
    sns = cloud.client("sns", ADMINISTRATOR)
    first, second = (sns.publish(TopicArn=TOPIC, Subject="Coverage", Message="fell: 50 % <&> ü\n") for _ in range(2))
    assert first["MessageId"] != second["MessageId"]
    assert cloud.admin("journal?limit=1000")[-1]["request"]["Message"] == "fell: 50 % <&> ü\n"
    assert cloud.client("sns", "444444444444").publish(TopicArn=TOPIC, Message="x")["MessageId"]
    for account in [OUTSIDER, APP]:
        with pytest.raises(ClientError) as error:
            cloud.client("sns", account).publish(TopicArn=TOPIC, Message="x")
        assert (code(error), status(error)) == ("AuthorizationError", 403)
    with pytest.raises(ClientError) as error:
        sns.publish(TopicArn=TOPIC + "-other", Message="x")
    assert (code(error), status(error)) == ("NotFound", 404)
    with pytest.raises(ClientError) as error:
        cloud.client("sns", ADMINISTRATOR, "eu-west-1").publish(TopicArn=TOPIC, Message="x")
    assert code(error) == "InvalidParameter"


@pytest.mark.parametrize("request_, expected", [
    ({"Message": "x" * 262_144, "Subject": "x" * 99}, None),
    ({"Message": "ü" * 131_072, "Subject": "ü" * 99}, None),
    ({"Message": "x" * 262_145}, "InvalidParameter"),
    ({"Message": "ü" * 131_073}, "InvalidParameter"),
    ({"Message": ""}, "InvalidParameter"),
    ({"Message": "x", "Subject": ""}, "InvalidParameter"),
    ({"Message": "x", "Subject": "x" * 100}, "InvalidParameter"),
    ({"Message": "x", "Subject": "two\nlines"}, "InvalidParameter"),
    ({"Message": "x", "Subject": "\x07"}, "InvalidParameter"),
    ({"Message": '{"default": "x", "email": "y"}', "MessageStructure": "json"}, None),
    ({"Message": '{"email": "y"}', "MessageStructure": "json"}, "InvalidParameter"),
    ({"Message": '{"default": 1}', "MessageStructure": "json"}, "InvalidParameter"),
    ({"Message": "no JSON", "MessageStructure": "json"}, "InvalidParameter"),
    ({"Message": '{"default": "x"}', "MessageStructure": "yaml"}, "InvalidParameter"),
    ({"Message": "x", "TopicArn": None}, "InvalidParameter"),
    ({"Message": "x", "TopicArn": "alerts"}, "InvalidParameter"),
    ({"Message": None}, "ValidationError"),
])
def test_sns_refuses_what_is_beyond_its_limits(cloud, request_, expected):
    sns = cloud.client("sns", ADMINISTRATOR, parameter_validation=False)
    request_ = {name: value for name, value in {"TopicArn": TOPIC, **request_}.items() if value is not None}
    if expected is None:
        sns.publish(**request_)
        return
    with pytest.raises(ClientError) as error:
        sns.publish(**request_)
    assert code(error) == expected


def test_a_bucket_is_used_in_its_region(cloud):
    """Clients follow the redirection, or they show it."""
    cloud.client("s3", ADMINISTRATOR, "eu-west-1").put_object(Bucket="european-reports", Key="a", Body=b"x")
    assert cloud.client("s3", ADMINISTRATOR).get_object(Bucket="european-reports", Key="a")["Body"].read() == b"x"
    calls = [call for call in cloud.admin("journal?limit=1000") if call["operation"] == "GetObject"]
    assert [(call["region"], call["status"], call.get("errorCode")) for call in calls] == [
        ("us-east-1", 301, "PermanentRedirect"), ("eu-west-1", 200, None)]
    for region in ("us-east-1", "eu-west-1"):
        assert cloud.client("s3", ADMINISTRATOR, region).head_bucket(Bucket="european-reports")["BucketRegion"] == "eu-west-1"
    with pytest.raises(ClientError):
        cloud.client("s3", ADMINISTRATOR).get_object(Bucket="southern-reports", Key="a")
    calls = [call for call in cloud.admin("journal?limit=1000") if call["operation"] == "GetObject"][-2:]
    assert [(call["region"], call["status"], call["errorCode"]) for call in calls] == [
        ("us-east-1", 400, "IllegalLocationConstraintException"), ("eu-south-1", 404, "NoSuchKey")]


def test_a_bucket_of_another_account_is_used_as_its_policy_allows(cloud):
    own, other = cloud.client("s3", MANAGEMENT), cloud.client("s3", ADMINISTRATOR)
    other.put_object(Bucket="shared-reports", Key="a", Body=b"x")
    assert other.get_object(Bucket="shared-reports", Key="a")["Body"].read() == b"x"
    for call in (lambda: other.list_objects_v2(Bucket="shared-reports"),
                 lambda: other.put_object(Bucket="shared-reports", Key="denied/a", Body=b"x"),
                 lambda: own.put_object(Bucket="shared-reports", Key="denied/a", Body=b"x"),
                 # Whoever may not list a bucket does not learn what is missing.
                 lambda: other.get_object(Bucket="shared-reports", Key="none"),
                 lambda: cloud.client("s3", OUTSIDER).get_object(Bucket="shared-reports", Key="a")):
        with pytest.raises(ClientError) as error:
            call()
        assert error.value.response["Error"]["Code"] == "AccessDenied"
    with pytest.raises(own.exceptions.NoSuchKey):
        own.get_object(Bucket="shared-reports", Key="none")


def test_a_token_that_no_page_had_is_refused(cloud):
    client = cloud.client("organizations", MANAGEMENT)
    root = client.list_roots(MaxResults=1)["Roots"][0]["Id"]
    for operation, request in [(client.list_roots, {}), (client.list_parents, {"ChildId": APP}), (client.list_tags_for_resource, {"ResourceId": root})]:
        with pytest.raises(client.exceptions.InvalidInputException):
            operation(**request, NextToken="!")

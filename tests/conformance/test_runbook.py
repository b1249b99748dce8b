"""The runbook, rehearsed: its commands, the saved queries, and what they lead to, while the functions run on the emulator."""

import base64
import json
import os
import re
import subprocess
import sys
import time

import pytest
from botocore.exceptions import ClientError

from conftest import ADMINISTRATOR, MANAGEMENT, ROOT, Cloud

STACK = "detective-onboarding"

# The year 2100, in seconds.
LATE = 4102444800


@pytest.fixture(scope="module")
def cloud():
    """The example organization, with the stacks deployed."""
    cloud = Cloud(ROOT / "tests/local-cloud/scenarios/small.yaml", "--functions", "--quiet")
    yield cloud
    cloud.stop()


def outputs(cloud):
    stack = cloud.client("cloudformation", ADMINISTRATOR).describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def invoke(cloud, name, **more):
    function = outputs(cloud)[name]
    answer = cloud.client("lambda", ADMINISTRATOR).invoke(FunctionName=function, Payload=b"{}", **more)
    return answer, json.loads(answer["Payload"].read() or "null")


def commands(page):
    """The blocks of commands of a page."""
    text = (ROOT / "docs" / page).read_text()
    return re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)


def queries():
    """The queries of the observability page, by what they are headed by."""
    text = (ROOT / "docs/observability.md").read_text()
    return dict(re.findall(r"^\*\*([^*]+?)\*\*[^\n]*\n\n```text\n(.*?)^```$", text, re.M | re.S))


def shell(cloud, script, account=ADMINISTRATOR):
    """What a script prints: `aws` is the AWS CLI. Its first version has endpoints of its own for some services."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_ENDPOINT_URL": cloud.url, "TZ": "UTC", "PYTHON": sys.executable,
                   "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": "us-east-1"}
    aws = 'aws() { "$PYTHON" -m awscli --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n'
    result = subprocess.run(["bash", "-euo", "pipefail", "-c", aws + script], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def ask(cloud, query):
    """The rows of a query over all log groups of the stack."""
    logs = cloud.client("logs", ADMINISTRATOR)
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    assert groups
    query = logs.start_query(logGroupNames=groups, startTime=0, endTime=LATE, queryString=query)["queryId"]
    results = logs.get_query_results(queryId=query)
    assert results["status"] == "Complete"
    return [{cell["field"]: cell["value"] for cell in row} for row in results["results"]]


def dead_letters(cloud, wanted):
    """Waits until so many messages are in the queue of dead letters."""
    queue = outputs(cloud)["DeadLetterQueue"]
    sqs = cloud.client("sqs", ADMINISTRATOR)
    for _ in range(1200):
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
        if int(attributes["ApproximateNumberOfMessages"]) >= wanted:
            return
        cloud.advance("10s")
        time.sleep(0.05)
    raise AssertionError("no dead letter arrived")


def test_the_first_run_is_invoked_and_its_report_read(cloud):
    script = next(block for block in commands("deploying.md") if "aws lambda invoke" in block)
    # The SAM CLI deploys; and the option is of the AWS CLI's second version alone, which takes payloads as base64 otherwise.
    script = re.sub(r"^sam .*$", "", script, flags=re.M).replace("--cli-binary-format raw-in-base64-out ", "")
    report = json.loads(shell(cloud, f"cd $(mktemp -d)\n{script}\ncat report.json").partition("}\n")[2])
    assert {region["region"] for region in report["regions"]} == {"us-east-1", "eu-west-1"}, report
    bucket = outputs(cloud)["ReportBucketName"]
    block = next(block for block in commands("runbook.md") if "accounts.csv" in block).replace("BUCKET", bucket)
    page, rows = [line for line in block.splitlines() if line.startswith("aws s3 cp")]
    assert "<!doctype html>" in shell(cloud, f"cd $(mktemp -d)\n{page}\ncat index.html").lower()
    everybody = shell(cloud, rows.split(" | ")[0]).splitlines()
    assert "accountId,name,unit,region,time,needs,outcome," in everybody[0] and len(everybody) > 4, everybody
    wanted = [row for row in everybody if re.search(",(person|time),", row)]
    assert shell(cloud, f"{rows} || true").splitlines() == wanted


def test_a_silent_functions_schedule_is_looked_at(cloud):
    command = re.search(r"`(aws scheduler list-schedules)`", (ROOT / "docs/runbook.md").read_text()).group(1)
    schedules = json.loads(shell(cloud, command))["Schedules"]
    functions = {name: value for name, value in outputs(cloud).items() if name.endswith("Function")}
    scheduler, aws_lambda = cloud.client("scheduler", ADMINISTRATOR), cloud.client("lambda", ADMINISTRATOR)
    assert {schedule["State"] for schedule in schedules} == {"ENABLED"}
    for schedule in schedules:
        whole = scheduler.get_schedule(GroupName=schedule["GroupName"], Name=schedule["Name"])
        assert whole["ScheduleExpression"].startswith(("rate(", "cron("))
        target = aws_lambda.get_function(FunctionName=whole["Target"]["Arn"])["Configuration"]
        assert target["FunctionName"] in functions.values() and target["State"] == "Active"
    assert json.loads(shell(cloud, f"{command} --state DISABLED"))["Schedules"] == []
    listed = [function["FunctionName"] for function in aws_lambda.list_functions()["Functions"]]
    assert set(functions.values()) <= set(listed) and listed == sorted(listed)


def test_an_invocation_has_its_log_and_its_error(cloud):
    answer, report = invoke(cloud, "OrganizationReconcilerFunction", LogType="Tail")
    log = base64.b64decode(answer["LogResult"]).decode()
    assert answer["StatusCode"] == 200 and "FunctionError" not in answer and report["regions"]
    assert len(log) <= 4096 and log.rstrip().splitlines()[-1].startswith("REPORT RequestId: " + answer["ResponseMetadata"]["RequestId"])
    cloud.faults({"service": "organizations", "operation": "ListAccounts", "effect": {"error": {"code": "AccessDeniedException", "message": "no"}}})
    answer, error = invoke(cloud, "OrganizationReconcilerFunction")
    cloud.faults()
    assert answer["FunctionError"] == "Unhandled" and error["errorType"] == "RunIncomplete"
    assert invoke(cloud, "OrganizationReconcilerFunction", InvocationType="DryRun")[0]["StatusCode"] == 204
    client = cloud.client("lambda", ADMINISTRATOR)
    for name, code in [("nothing", "ResourceNotFoundException"), (f"arn:aws:lambda:us-east-1:{MANAGEMENT}:function:a", "AccessDeniedException")]:
        with pytest.raises(ClientError) as caught:
            client.invoke(FunctionName=name)
        assert caught.value.response["Error"]["Code"] == code
    with pytest.raises(client.exceptions.InvalidRequestContentException):
        client.invoke(FunctionName=outputs(cloud)["OrganizationReconcilerFunction"], Payload=b"{")


def test_dead_letters_are_read_as_the_runbook_shows_and_the_queries_name_the_cause(cloud):
    denied = {"service": "detective", "operation": "ListMembers", "effect": {"error": {"code": "AccessDeniedException", "message": "no"}}}
    cloud.faults(denied)
    answer, _ = invoke(cloud, "OrganizationReconcilerFunction", InvocationType="Event")
    assert answer["StatusCode"] == 202
    dead_letters(cloud, 1)
    cloud.faults()
    script = next(block for block in commands("runbook.md") if "receive-message" in block)
    letters = [json.loads(message["Body"]) for message in json.loads(shell(cloud, script))["Messages"]]
    letter = next(letter for letter in letters if "responsePayload" in letter)
    assert letter["requestContext"]["condition"] == "RetriesExhausted" and "ListMembers" in letter["responsePayload"]["errorMessage"]

    asked = queries()
    failed = ask(cloud, asked["What failed?"])
    row = next(row for row in failed if row.get("operation") == "ListMembers")
    assert (row["code"], row["region"] in ("us-east-1", "eu-west-1")) == ("AccessDeniedException", True) and int(row["times"]) >= 1, failed
    assert int(failed[0]["times"]) >= int(failed[-1]["times"])
    changed = ask(cloud, asked["What changed today?"])
    assert {row["account"] for row in changed if row.get("action") == "Created"} >= {"333333333333", "555555555555"}, changed
    query = next(query for heading, query in asked.items() if heading.startswith("Why is account"))
    why = ask(cloud, query.replace("fields ", "fields @message, ", 1))
    assert why and all("444444444444" in row["@message"] for row in why), why
    assert [row["@timestamp"] for row in why] == sorted(row["@timestamp"] for row in why)

    logs = cloud.client("logs", ADMINISTRATOR)
    group = next(group["logGroupName"] for group in logs.describe_log_groups()["logGroups"] if "Reconciler" in group["logGroupName"])
    errors = logs.filter_log_events(logGroupName=group, filterPattern='{ $.level = "ERROR" }')["events"]
    assert errors and all(json.loads(event["message"])["level"] == "ERROR" for event in errors)
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern="ERROR", PaginationConfig={"PageSize": 2})
    assert [event["eventId"] for page in pages for event in page["events"]] == [event["eventId"] for event in errors]


def test_the_saved_queries_are_those_of_the_page():
    template = (ROOT / "template.yaml").read_text()
    saved = re.findall(r"^      QueryString: \|-?\n((?:        .*\n)+)", template, re.M)
    words = lambda query: " ".join(query.split())
    assert sorted(map(words, saved)) == sorted(map(words, queries().values()))


@pytest.mark.parametrize(("query", "status"), [
    ("fields @message | pattern @message", 501), ("stats count(*) by bin(5m)", 501), ("fields a + b", 501), ("filter a = b", 501),
    ("parse @message '* b' as a", 501), ("nothing at all", 400), ("filter", 400), ("fields @message | limit x", 400), ("fields 'a", 400),
])
def test_a_query_that_is_not_emulated_answers_501_and_one_that_is_none_is_malformed(cloud, query, status):
    with pytest.raises(ClientError) as caught:
        ask(cloud, query)
    response = caught.value.response
    code = {400: "MalformedQueryException", 501: "NotImplemented"}[status]
    assert (response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]) == (status, code), response


def test_what_other_accounts_have_is_not_seen(cloud):
    for account, region in (("333333333333", "us-east-1"), (ADMINISTRATOR, "eu-west-1")):
        assert cloud.client("logs", account, region).describe_log_groups()["logGroups"] == []
        assert cloud.client("scheduler", account, region).list_schedules()["Schedules"] == []
        assert cloud.client("lambda", account, region).list_functions()["Functions"] == []
        with pytest.raises(ClientError) as caught:
            cloud.client("cloudformation", account, region).describe_stacks(StackName=STACK)
        assert caught.value.response["Error"]["Code"] == "ValidationError"

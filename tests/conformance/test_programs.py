"""Programs that are not written for the emulator: the AWS CLI, and what multi-account scripts do."""

import json
import os
import subprocess
import sys
import time
import urllib.request

import boto3
import pytest

from conftest import ADMINISTRATOR, APP, MANAGEMENT, OUTSIDER

QUEUE = "https://sqs.us-east-1.amazonaws.com/222222222222/work"


def cli(cloud, account, *arguments, region="us-east-1"):
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_ENDPOINT_URL": cloud.url, "TZ": "UTC",
                   "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": region}
    program = [sys.executable, "-m", "awscli"]
    result = subprocess.run([*program, *arguments], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def aws(cloud, account, *arguments, region="us-east-1"):
    output = cli(cloud, account, *arguments, "--output", "json", region=region)
    return json.loads(output) if output.strip() else None


def test_the_aws_cli_does_the_main_flow(cloud):
    assert aws(cloud, APP, "sts", "get-caller-identity")["Account"] == APP
    request = aws(cloud, MANAGEMENT, "organizations", "create-account", "--email", "new@example.com", "--account-name", "new")
    cloud.advance("2m")
    status = aws(cloud, MANAGEMENT, "organizations", "describe-create-account-status", "--create-account-request-id",
                 request["CreateAccountStatus"]["Id"])["CreateAccountStatus"]
    new = status["AccountId"]
    accounts = aws(cloud, MANAGEMENT, "organizations", "list-accounts")["Accounts"]
    assert new in [account["Id"] for account in accounts] and len(accounts) == 1306
    graph = aws(cloud, ADMINISTRATOR, "detective", "list-graphs", region="eu-west-1")["GraphList"][0]["Arn"]
    created = aws(cloud, ADMINISTRATOR, "detective", "create-members", "--graph-arn", graph, "--accounts",
                  f"AccountId={new},EmailAddress=new@example.com", region="eu-west-1")
    assert created["Members"][0]["Status"] == "VERIFICATION_IN_PROGRESS"
    cloud.advance("2m")
    assert aws(cloud, new, "detective", "list-invitations", region="eu-west-1")["Invitations"][0]["Status"] == "INVITED"
    aws(cloud, new, "detective", "accept-invitation", "--graph-arn", graph, region="eu-west-1")
    aws(cloud, ADMINISTRATOR, "detective", "start-monitoring-member", "--graph-arn", graph, "--account-id", new, region="eu-west-1")
    members = aws(cloud, ADMINISTRATOR, "detective", "list-members", "--graph-arn", graph, region="eu-west-1")["MemberDetails"]
    assert {member["AccountId"]: member["Status"] for member in members}[new] == "ENABLED"


def test_a_multi_account_script_invites_accepts_and_removes(cloud, monkeypatch):
    """What such scripts do, with sessions and default retries, and AWS_ENDPOINT_URL alone."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)
    cloud.admin("clock", {"rate": 600})
    ids = [f"{700000000000 + number}" for number in range(120)]
    administrator = boto3.Session(aws_access_key_id=ADMINISTRATOR, aws_secret_access_key="any")

    def assumed(account):
        role = f"arn:aws:iam::{account}:role/DetectiveMember"
        keys = administrator.client("sts", region_name="us-east-1").assume_role(RoleArn=role, RoleSessionName="enable")["Credentials"]
        return boto3.Session(aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
                             aws_session_token=keys["SessionToken"])

    detective = administrator.client("detective", region_name="eu-central-1")
    graphs = detective.list_graphs()["GraphList"]
    graph = graphs[0]["Arn"] if graphs else detective.create_graph()["GraphArn"]
    for start in range(0, len(ids), 50):
        accounts = [{"AccountId": id, "EmailAddress": f"{id}@example.com"} for id in ids[start:start + 50]]
        answer = detective.create_members(GraphArn=graph, Accounts=accounts, DisableEmailNotification=True)
        assert not answer["UnprocessedAccounts"]

    def statuses():
        pages = detective.get_paginator("list_members").paginate(GraphArn=graph) if detective.can_paginate("list_members") else None
        members, token = {}, {}
        while pages is None:
            page = detective.list_members(GraphArn=graph, **token)
            members.update({member["AccountId"]: member["Status"] for member in page["MemberDetails"]})
            if "NextToken" not in page:
                return members
            token = {"NextToken": page["NextToken"]}
        return {member["AccountId"]: member["Status"] for page in pages for member in page["MemberDetails"]}

    def wait_for(status):
        for _ in range(600):
            if set(statuses().values()) == {status}:
                return
            time.sleep(0.05)
        raise AssertionError(f"not all members became {status}")

    wait_for("INVITED")
    for id in ids:
        member = assumed(id).client("detective", region_name="eu-central-1")
        open_invitations = [invitation["GraphArn"] for invitation in member.list_invitations()["Invitations"]
                            if invitation["Status"] == "INVITED"]
        assert open_invitations == [graph]
        member.accept_invitation(GraphArn=graph)
    wait_for("ENABLED")
    for start in range(0, len(ids), 50):
        assert not detective.delete_members(GraphArn=graph, AccountIds=ids[start:start + 50])["UnprocessedAccounts"]
    assert statuses() == {}


def test_organizations_answers_have_the_shapes_of_the_model(cloud):
    client = cloud.client("organizations", MANAGEMENT)
    root = client.list_roots()["Roots"][0]["Id"]
    unit = client.create_organizational_unit(ParentId=root, Name="Sandbox")["OrganizationalUnit"]["Id"]
    client.move_account(AccountId=APP, SourceParentId=root, DestinationParentId=unit)
    assert client.list_accounts_for_parent(ParentId=unit)["Accounts"][0]["Id"] == APP
    assert client.list_children(ParentId=unit, ChildType="ACCOUNT")["Children"] == [{"Id": APP, "Type": "ACCOUNT"}]
    assert client.describe_organizational_unit(OrganizationalUnitId=unit)["OrganizationalUnit"]["Name"] == "Sandbox"
    client.tag_resource(ResourceId=APP, Tags=[{"Key": "team", "Value": "web"}])
    assert client.list_tags_for_resource(ResourceId=APP)["Tags"] == [{"Key": "team", "Value": "web"}]
    client.untag_resource(ResourceId=APP, TagKeys=["team"])
    handshake = client.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": OUTSIDER})["Handshake"]["Id"]
    assert cloud.client("organizations", OUTSIDER).describe_handshake(HandshakeId=handshake)["Handshake"]["State"] == "OPEN"
    cloud.client("organizations", OUTSIDER).accept_handshake(HandshakeId=handshake)
    assert client.describe_account(AccountId=OUTSIDER)["Account"]["State"] == "ACTIVE"
    client.enable_aws_service_access(ServicePrincipal="guardduty.amazonaws.com")
    client.register_delegated_administrator(AccountId=APP, ServicePrincipal="guardduty.amazonaws.com")
    assert len(client.list_delegated_administrators()["DelegatedAdministrators"]) == 2
    assert client.list_delegated_services_for_account(AccountId=APP)["DelegatedServices"]
    client.enable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    assert len(client.list_aws_service_access_for_organization()["EnabledServicePrincipals"]) == 3
    client.create_account(Email="new@example.com", AccountName="new")
    assert client.list_create_account_status(States=["IN_PROGRESS"])["CreateAccountStatuses"]
    client.close_account(AccountId="300000000000")
    client.remove_account_from_organization(AccountId="300000000001")
    with pytest.raises(client.exceptions.AccountNotFoundException):
        client.describe_account(AccountId="300000000001")
    with pytest.raises(client.exceptions.ChildNotFoundException):
        client.list_parents(ChildId="300000000001")


def test_what_the_multi_account_solutions_of_aws_call_is_there(cloud):
    """Security Reference Architecture: trusted access, service-linked roles, delegated administrators, and back again."""
    client, iam = cloud.client("organizations", MANAGEMENT), cloud.client("iam", MANAGEMENT)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName="AWSServiceRoleForDetective")
    made = iam.create_service_linked_role(AWSServiceName="detective.amazonaws.com", Description="for a test")["Role"]
    role = iam.get_role(RoleName="AWSServiceRoleForDetective")["Role"]
    assert role == made and role["Path"] == "/aws-service-role/detective.amazonaws.com/"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "detective.amazonaws.com"}
    with pytest.raises(iam.exceptions.InvalidInputException):
        iam.create_service_linked_role(AWSServiceName="detective.amazonaws.com")
    assert cloud.client("iam", APP).get_role(RoleName="DetectiveMember")["Role"]["Arn"] == f"arn:aws:iam::{APP}:role/DetectiveMember"
    for principal in ["guardduty.amazonaws.com", "guardduty.amazonaws.com"]:
        client.enable_aws_service_access(ServicePrincipal=principal)
    enabled = {entry["ServicePrincipal"]: entry["DateEnabled"] for entry in
               client.list_aws_service_access_for_organization()["EnabledServicePrincipals"]}
    assert enabled["guardduty.amazonaws.com"].isoformat() == "2026-01-05T09:00:00+00:00"
    client.disable_aws_service_access(ServicePrincipal="guardduty.amazonaws.com")
    names = [entry["ServicePrincipal"] for entry in client.list_aws_service_access_for_organization()["EnabledServicePrincipals"]]
    assert names == ["detective.amazonaws.com"]
    for operation in (client.enable_aws_service_access, client.disable_aws_service_access):
        with pytest.raises(client.exceptions.InvalidInputException) as caught:
            operation(ServicePrincipal="nothing.amazonaws.com")
        assert caught.value.response["Reason"] == "UNRECOGNIZED_SERVICE_PRINCIPAL"


def test_the_tree_of_an_organization_is_changed(cloud):
    client = cloud.client("organizations", MANAGEMENT)
    root = client.list_roots()["Roots"][0]["Id"]
    made = client.create_organizational_unit(ParentId=root, Name="One")["OrganizationalUnit"]
    tags = [{"Key": "team", "Value": "security"}]
    two = client.create_organizational_unit(ParentId=root, Name="Two", Tags=tags)["OrganizationalUnit"]
    assert client.list_tags_for_resource(ResourceId=two["Id"])["Tags"] == tags
    for name in ("One", "Three"):
        renamed = client.update_organizational_unit(OrganizationalUnitId=made["Id"], Name=name)["OrganizationalUnit"]
        assert (renamed["Id"], renamed["Name"]) == (made["Id"], name)
    with pytest.raises(client.exceptions.DuplicateOrganizationalUnitException):
        client.update_organizational_unit(OrganizationalUnitId=made["Id"], Name="Two")
    again = client.create_organizational_unit(ParentId=root, Name="One")["OrganizationalUnit"]
    assert again["Id"] != made["Id"]
    with pytest.raises(client.exceptions.DuplicateAccountException):
        client.move_account(AccountId=APP, SourceParentId=root, DestinationParentId=root)
    client.move_account(AccountId=APP, SourceParentId=root, DestinationParentId=made["Id"])
    with pytest.raises(client.exceptions.OrganizationalUnitNotEmptyException):
        client.delete_organizational_unit(OrganizationalUnitId=made["Id"])
    client.move_account(AccountId=APP, SourceParentId=made["Id"], DestinationParentId=root)
    client.delete_organizational_unit(OrganizationalUnitId=made["Id"])
    with pytest.raises(client.exceptions.OrganizationalUnitNotFoundException):
        client.update_organizational_unit(OrganizationalUnitId=made["Id"], Name="Four")
    for target in (root, again["Id"], APP):
        policies = client.list_policies_for_target(TargetId=target, Filter="SERVICE_CONTROL_POLICY")["Policies"]
        assert [policy["Id"] for policy in policies] == ["p-FullAWSAccess"]
    assert client.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"] == policies
    assert client.list_policies(Filter="TAG_POLICY")["Policies"] == []
    with pytest.raises(client.exceptions.TargetNotFoundException):
        client.list_policies_for_target(TargetId=made["Id"], Filter="SERVICE_CONTROL_POLICY")


def test_invitations_are_listed_until_a_month_after_their_end(cloud):
    client = cloud.client("organizations", MANAGEMENT)
    for account in (OUTSIDER, "888888888888"):
        client.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": account})

    def states(**filter_):
        return sorted(handshake["State"] for handshake in client.list_handshakes_for_organization(**filter_)["Handshakes"])

    handshake = client.list_handshakes_for_organization(MaxResults=1)["Handshakes"][0]
    invited = next(resource["Value"] for resource in handshake["Resources"] if resource["Type"] == "ACCOUNT")
    cloud.client("organizations", invited).accept_handshake(HandshakeId=handshake["Id"])
    assert states() == ["ACCEPTED", "OPEN"] == states(Filter={"ActionType": "INVITE"})
    assert states(Filter={"ActionType": "ENABLE_ALL_FEATURES"}) == []
    cloud.advance("20d")
    assert states() == ["ACCEPTED", "EXPIRED"]
    cloud.advance("15d")
    assert states() == ["EXPIRED"]
    cloud.advance("15d")
    assert states() == []


def test_accounts_are_closed_up_to_a_quota_and_a_closed_administrator_is_shown_as_suspended(cloud):
    client = cloud.client("organizations", MANAGEMENT)
    client.enable_aws_service_access(ServicePrincipal="guardduty.amazonaws.com")
    client.register_delegated_administrator(AccountId=APP, ServicePrincipal="guardduty.amazonaws.com")
    closed = [APP] + [f"{300000000000 + number}" for number in range(259)]
    # 20 % of 1,304 member accounts.
    for account in closed:
        client.close_account(AccountId=account)
    with pytest.raises(client.exceptions.ConstraintViolationException) as caught:
        client.close_account(AccountId="300000000300")
    assert caught.value.response["Reason"] == "CLOSE_ACCOUNT_QUOTA_EXCEEDED"
    cloud.advance("1h")
    administrators = client.list_delegated_administrators(ServicePrincipal="guardduty.amazonaws.com")["DelegatedAdministrators"]
    assert [(found["Id"], found["Status"], found["State"]) for found in administrators] == [(APP, "SUSPENDED", "SUSPENDED")]
    cloud.advance("30d")
    client.close_account(AccountId="300000000300")


def test_an_organization_is_created_by_an_account_that_is_in_none(cloud):
    with pytest.raises(Exception) as caught:
        cloud.client("organizations", APP).create_organization()
    assert type(caught.value).__name__ == "AlreadyInOrganizationException"
    with pytest.raises(Exception) as caught:
        cloud.client("organizations", OUTSIDER).create_organization()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    request = urllib.request.Request(f"{cloud.url}/_emulator/reset", data=b"seed: 3", method="POST")
    urllib.request.urlopen(request).close()
    client = cloud.client("organizations", OUTSIDER)
    made = client.create_organization(FeatureSet="ALL")["Organization"]
    assert made == client.describe_organization()["Organization"] and made["MasterAccountId"] == OUTSIDER
    assert [account["Id"] for account in client.list_accounts()["Accounts"]] == [OUTSIDER]
    assert cloud.client("iam", OUTSIDER).get_role(RoleName="AWSServiceRoleForOrganizations")


def test_a_report_is_listed_and_copied_by_the_aws_cli(cloud, tmp_path):
    report = tmp_path / "report & more.csv"
    report.write_text("account,status\n333333333333,ENABLED\n")
    target = "s3://coverage-reports/coverage/us-east-1/"
    assert "upload: " in cli(cloud, ADMINISTRATOR, "s3", "cp", str(report), target)
    assert cli(cloud, ADMINISTRATOR, "s3", "cp", target + report.name, "-") == report.read_text()
    cli(cloud, ADMINISTRATOR, "s3", "cp", target, str(tmp_path / "all"), "--recursive")
    assert (tmp_path / "all" / report.name).read_text() == report.read_text()
    listed = cli(cloud, ADMINISTRATOR, "s3", "ls", target)
    assert listed.split() == ["2026-01-05", "09:00:00", str(report.stat().st_size), "report", "&", "more.csv"], listed
    assert cli(cloud, ADMINISTRATOR, "s3", "ls", "s3://coverage-reports").split() == ["PRE", "coverage/"]


def test_what_the_documents_show_is_done_by_the_aws_cli(cloud, tmp_path):
    policy = tmp_path / "policy.json"
    policy.write_text('{"exclude": []}')
    for version in (1, 2):
        put = ["ssm", "put-parameter", "--name", "/detective/policy", "--type", "String", "--overwrite", "--value", f"file://{policy}"]
        assert aws(cloud, ADMINISTRATOR, *put)["Version"] == version
    letter = {"QueueUrl": QUEUE, "MessageBody": "a record", "MessageAttributes": {"RULE_ARN": {"DataType": "String", "StringValue": "arn"}}}
    cloud.client("sqs", ADMINISTRATOR).send_message(**letter)
    # Version 1 of the AWS CLI has endpoints of its own for SQS, whatever AWS_ENDPOINT_URL is.
    received = aws(cloud, ADMINISTRATOR, "--endpoint-url", cloud.url, "sqs", "receive-message", "--queue-url", QUEUE, "--max-number-of-messages", "10",
                   "--visibility-timeout", "30", "--attribute-names", "All", "--message-attribute-names", "All")["Messages"]
    assert [(message["Body"], message["MessageAttributes"]["RULE_ARN"]["StringValue"], message["Attributes"]["ApproximateReceiveCount"])
            for message in received] == [("a record", "arn", "1")]
    graph = aws(cloud, ADMINISTRATOR, "detective", "list-graphs", region="eu-west-1")["GraphList"][0]["Arn"]
    members = ["detective", "create-members", "--graph-arn", graph, "--disable-email-notification", "--accounts",
               "AccountId=444444444444,EmailAddress=unknown@example.com"]
    assert aws(cloud, ADMINISTRATOR, *members, region="eu-west-1")["UnprocessedAccounts"] == []
    delete = ["detective", "delete-members", "--graph-arn", graph, "--account-ids", "444444444444"]
    assert aws(cloud, ADMINISTRATOR, *delete, region="eu-west-1")["AccountIds"] == ["444444444444"]


def test_put_events_takes_what_eventbridge_takes(cloud):
    client = cloud.client("events", ADMINISTRATOR)
    answer = client.put_events(Entries=[
        {"Source": "example.app", "DetailType": "Something", "Detail": "{}"},
        {"Source": "aws.organizations", "DetailType": "Forged", "Detail": "{}"},
        {"Source": "example.app", "DetailType": "Something", "Detail": "not JSON"},
    ])
    assert answer["FailedEntryCount"] == 2
    assert [entry.get("ErrorCode") for entry in answer["Entries"]] == [None, "NotAuthorizedForSourceException", "MalformedDetail"]
    large = {"Source": "example.app", "DetailType": "Something", "Detail": json.dumps({"text": "x" * 131_072})}
    assert client.put_events(Entries=[large])["FailedEntryCount"] == 0
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.put_events(Entries=[large, large])
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_trails_regions_rules_and_buses_are_read(cloud):
    trails = cloud.client("cloudtrail", MANAGEMENT)
    trail = trails.describe_trails()["trailList"][0]
    assert trails.get_trail_status(Name=trail["TrailARN"])["IsLogging"]
    assert trails.get_event_selectors(TrailName=trail["Name"])["EventSelectors"][0]["IncludeManagementEvents"]
    with pytest.raises(trails.exceptions.TrailNotFoundException):
        trails.get_trail_status(Name="another")
    account = cloud.client("account", ADMINISTRATOR)
    assert len(list(account.get_paginator("list_regions").paginate(PaginationConfig={"PageSize": 20}))) == 2
    assert account.get_region_opt_status(RegionName="us-east-1")["RegionOptStatus"] == "ENABLED_BY_DEFAULT"
    with pytest.raises(account.exceptions.ValidationException):
        account.get_region_opt_status(RegionName="us-east-9")
    events = cloud.client("events", ADMINISTRATOR)
    rule = events.list_rules()["Rules"][0]
    assert events.describe_rule(Name=rule["Name"])["State"] == "ENABLED"
    assert events.list_targets_by_rule(Rule=rule["Name"])["Targets"][0]["Id"]
    assert "events:PutEvents" in events.describe_event_bus()["Policy"]
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.describe_event_bus(Name="another")


def test_a_service_that_is_not_emulated_answers_501(cloud):
    client = cloud.client("guardduty", ADMINISTRATOR)
    with pytest.raises(Exception) as caught:
        client.list_detectors()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "guardduty:" in caught.value.response["Error"]["Message"]

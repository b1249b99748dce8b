"""Programs that are not written for the emulator: the AWS CLI, and what multi-account scripts do."""

import json
import os
import subprocess
import sys
import time

import boto3
import pytest

from conftest import ADMINISTRATOR, APP, MANAGEMENT, OUTSIDER


def aws(cloud, account, *arguments, region="us-east-1"):
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_ENDPOINT_URL": cloud.url,
                   "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": region}
    program = [sys.executable, "-m", "awscli"]
    result = subprocess.run([*program, *arguments, "--output", "json"], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout) if result.stdout.strip() else None


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


def test_put_events_takes_what_eventbridge_takes(cloud):
    client = cloud.client("events", ADMINISTRATOR)
    answer = client.put_events(Entries=[
        {"Source": "example.app", "DetailType": "Something", "Detail": "{}"},
        {"Source": "aws.organizations", "DetailType": "Forged", "Detail": "{}"},
        {"Source": "example.app", "DetailType": "Something", "Detail": "not JSON"},
    ])
    assert answer["FailedEntryCount"] == 2
    assert [entry.get("ErrorCode") for entry in answer["Entries"]] == [None, "NotAuthorizedForSourceException", "MalformedDetail"]


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

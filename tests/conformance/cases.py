"""For each of Detective's operations: who calls it with what, and how each modelled error is produced."""

import datetime

from conftest import ADMINISTRATOR, APP, MANAGEMENT, OUTSIDER

UNKNOWN = "arn:aws:detective:us-east-1:222222222222:graph:" + "0" * 32
DAY = datetime.datetime(2026, 1, 4, tzinfo=datetime.timezone.utc)
NEXT = DAY + datetime.timedelta(days=1)


class World:
    """Names of what the scenario holds, for inputs."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.graph = self.own(ADMINISTRATOR, "us-east-1")
        self.invitations = self.own(ADMINISTRATOR, "eu-west-1")
        self.full = self.own("888888888888", "us-east-1")
        administrator = cloud.client("detective", ADMINISTRATOR)
        self.investigation = administrator.start_investigation(
            GraphArn=self.graph, EntityArn="arn:aws:iam::333333333333:role/app", ScopeStartTime=DAY, ScopeEndTime=NEXT,
        )["InvestigationId"]
        cloud.advance("10m")

    def own(self, account, region):
        return self.cloud.client("detective", account, region).list_graphs()["GraphList"][0]["Arn"]


def graph(world, **more):
    return {"GraphArn": world.graph, **more}


def investigation(world, **more):
    return graph(world, InvestigationId=world.investigation, **more)


# operation: (account, Region, input of a world). The input of each is complete, optional members included.
VALID = {
    "AcceptInvitation": (OUTSIDER, "eu-west-1", lambda w: {"GraphArn": w.invitations}),
    "BatchGetGraphMemberDatasources": (ADMINISTRATOR, "us-east-1", lambda w: graph(w, AccountIds=[APP, OUTSIDER])),
    "BatchGetMembershipDatasources": (APP, "us-east-1", lambda w: {"GraphArns": [w.graph, UNKNOWN]}),
    "CreateGraph": (APP, "us-east-1", lambda w: {"Tags": {"team": "security"}}),
    "CreateMembers": (ADMINISTRATOR, "us-east-1", lambda w: graph(
        w, Message="hello", DisableEmailNotification=True,
        Accounts=[{"AccountId": "300000000001", "EmailAddress": "account-1@example.com"},
                  {"AccountId": APP, "EmailAddress": "app@example.com"}])),
    "DeleteGraph": (ADMINISTRATOR, "eu-west-1", lambda w: {"GraphArn": w.invitations}),
    "DeleteMembers": (ADMINISTRATOR, "us-east-1", lambda w: graph(w, AccountIds=[APP, OUTSIDER])),
    "DescribeOrganizationConfiguration": (ADMINISTRATOR, "us-east-1", graph),
    "DisableOrganizationAdminAccount": (MANAGEMENT, "us-east-1", lambda w: {}),
    "DisassociateMembership": (APP, "eu-west-1", lambda w: {"GraphArn": w.invitations}),
    "EnableOrganizationAdminAccount": (MANAGEMENT, "ap-south-1", lambda w: {"AccountId": ADMINISTRATOR}),
    "GetInvestigation": (ADMINISTRATOR, "us-east-1", investigation),
    "GetMembers": (ADMINISTRATOR, "us-east-1", lambda w: graph(w, AccountIds=[APP, "444444444444", OUTSIDER])),
    "ListDatasourcePackages": (ADMINISTRATOR, "us-east-1", lambda w: graph(w, MaxResults=1)),
    "ListGraphs": (ADMINISTRATOR, "us-east-1", lambda w: {"MaxResults": 1}),
    "ListIndicators": (ADMINISTRATOR, "us-east-1", lambda w: investigation(w, MaxResults=3)),
    "ListInvestigations": (ADMINISTRATOR, "us-east-1", lambda w: graph(
        w, MaxResults=10, SortCriteria={"Field": "SEVERITY", "SortOrder": "DESC"},
        FilterCriteria={"State": {"Value": "ACTIVE"}, "Status": {"Value": "SUCCESSFUL"},
                        "CreatedTime": {"StartInclusive": DAY, "EndInclusive": NEXT + datetime.timedelta(days=1)}})),
    "ListInvitations": (OUTSIDER, "eu-west-1", lambda w: {"MaxResults": 1}),
    "ListMembers": (ADMINISTRATOR, "us-east-1", lambda w: graph(w, MaxResults=2)),
    "ListOrganizationAdminAccounts": (MANAGEMENT, "us-east-1", lambda w: {"MaxResults": 1}),
    "ListTagsForResource": (ADMINISTRATOR, "us-east-1", lambda w: {"ResourceArn": w.graph}),
    "RejectInvitation": (OUTSIDER, "eu-west-1", lambda w: {"GraphArn": w.invitations}),
    "StartInvestigation": (ADMINISTRATOR, "us-east-1", lambda w: graph(
        w, EntityArn="arn:aws:iam::333333333333:user/somebody", ScopeStartTime=DAY, ScopeEndTime=NEXT)),
    "StartMonitoringMember": (ADMINISTRATOR, "us-east-1", lambda w: graph(w, AccountId="444444444444")),
    "TagResource": (ADMINISTRATOR, "us-east-1", lambda w: {"ResourceArn": w.graph, "Tags": {"a": "b"}}),
    "UntagResource": (ADMINISTRATOR, "us-east-1", lambda w: {"ResourceArn": w.graph, "TagKeys": ["a", "b"]}),
    "UpdateDatasourcePackages": (ADMINISTRATOR, "us-east-1", lambda w: graph(w, DatasourcePackages=["EKS_AUDIT"])),
    "UpdateInvestigationState": (ADMINISTRATOR, "us-east-1", lambda w: investigation(w, State="ARCHIVED")),
    "UpdateOrganizationConfiguration": (ADMINISTRATOR, "us-east-1", lambda w: graph(w, AutoEnable=True)),
}

# Errors that follow from the state, such as conflicts and quotas: (account, Region, input).
NATURAL = {
    ("AcceptInvitation", "ConflictException"): (APP, "eu-west-1", lambda w: {"GraphArn": w.invitations}),
    ("CreateMembers", "ServiceQuotaExceededException"): ("888888888888", "us-east-1", lambda w: {
        "GraphArn": w.full, "Accounts": [{"AccountId": "300000001299", "EmailAddress": "account-1299@example.com"}]}),
    ("DisassociateMembership", "ConflictException"): (OUTSIDER, "eu-west-1", lambda w: {"GraphArn": w.invitations}),
    ("RejectInvitation", "ConflictException"): (APP, "eu-west-1", lambda w: {"GraphArn": w.invitations}),
    ("StartMonitoringMember", "ConflictException"): (ADMINISTRATOR, "us-east-1", lambda w: graph(w, AccountId=APP)),
    ("StartMonitoringMember", "ServiceQuotaExceededException"): (
        ADMINISTRATOR, "us-east-1", lambda w: graph(w, AccountId="555555555555")),
    ("EnableOrganizationAdminAccount", "ValidationException"): (MANAGEMENT, "us-east-1", lambda w: {"AccountId": APP}),
    ("ListGraphs", "ValidationException"): (ADMINISTRATOR, "us-east-1", lambda w: {"MaxResults": 201}),
    ("ListInvitations", "ValidationException"): (OUTSIDER, "us-east-1", lambda w: {"NextToken": "!"}),
    ("ListOrganizationAdminAccounts", "ValidationException"): (MANAGEMENT, "us-east-1", lambda w: {"MaxResults": 0}),
}
for name in ("DisableOrganizationAdminAccount", "EnableOrganizationAdminAccount", "ListOrganizationAdminAccounts"):
    NATURAL[(name, "AccessDeniedException")] = (APP, *VALID[name][1:])


def wrong_arn(valid):
    """The input with an ARN that is not valid."""
    return {key: "arn:aws:nothing" if key in ("GraphArn", "ResourceArn") else value for key, value in valid.items()}


def unknown_arn(valid, region):
    """The input with the ARN of a graph that does not exist."""
    arn = UNKNOWN.replace("us-east-1", region)
    return {key: arn if key in ("GraphArn", "ResourceArn") else value for key, value in valid.items()}

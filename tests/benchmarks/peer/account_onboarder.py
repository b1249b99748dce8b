"""Makes an account that joined the organization a member of the Detective behavior graph, as one would write it with boto3."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
logger.setLevel(os.environ.get("LOG_LEVEL", "info").upper())

REGIONS = [region for region in os.environ.get("DETECTIVE_REGIONS", "").split(",") if region] or [os.environ["AWS_REGION"]]

organizations = boto3.client("organizations")
detective = {region: boto3.client("detective", region_name=region) for region in REGIONS}


def handler(event, context):
    account_id = event["detail"]["serviceEventDetails"]["createAccountStatus"]["accountId"]
    account = organizations.describe_account(AccountId=account_id)["Account"]
    report = []
    for region, client in detective.items():
        graph_arn = client.list_graphs()["GraphList"][0]["Arn"]
        answer = client.create_members(
            GraphArn=graph_arn,
            Accounts=[{"AccountId": account["Id"], "EmailAddress": account["Email"]}],
            DisableEmailNotification=True,
        )
        if answer["UnprocessedAccounts"]:
            raise RuntimeError(f"not enrolled in {region}: {answer['UnprocessedAccounts']}")
        report.append({"region": region, "graphArn": graph_arn, "status": answer["Members"][0]["Status"]})
        logger.info(json.dumps({"account.id": account_id, **report[-1]}))
    return {"accountId": account_id, "regions": report}

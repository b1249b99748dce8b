"""Starts members that Detective accepted and does not monitor, as one would write it with boto3."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
logger.setLevel(os.environ.get("LOG_LEVEL", "info").upper())

REGIONS = [region for region in os.environ.get("DETECTIVE_REGIONS", "").split(",") if region] or [os.environ["AWS_REGION"]]

detective = {region: boto3.client("detective", region_name=region) for region in REGIONS}


def members(client, graph_arn):
    token = {}
    while True:
        page = client.list_members(GraphArn=graph_arn, MaxResults=200, **token)
        yield from page["MemberDetails"]
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def handler(event, context):
    report = []
    for region, client in detective.items():
        graph_arn = client.list_graphs()["GraphList"][0]["Arn"]
        waiting = [member["AccountId"] for member in members(client, graph_arn)
                   if member["Status"] == "ACCEPTED_BUT_DISABLED"]
        for account_id in waiting:
            client.start_monitoring_member(GraphArn=graph_arn, AccountId=account_id)
        # Success does not mean that the member is monitored: read it back.
        for first in range(0, len(waiting), 50):
            answer = client.get_members(GraphArn=graph_arn, AccountIds=waiting[first:first + 50])
            report += [{"region": region, "accountId": member["AccountId"], "status": member["Status"]}
                       for member in answer["MemberDetails"]]
        logger.info(json.dumps({"region": region, "started": len(waiting)}))
    return {"accounts": report}

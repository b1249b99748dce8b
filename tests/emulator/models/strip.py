"""Writes the models that the emulator embeds: botocore's, without documentation and without what is not used.

Usage: python3 strip.py    (botocore must be installed)
"""

import gzip
import html
import json
import pathlib
import re

import botocore

# The operations of each service that the emulator answers, each with the members of its input that it does not honour: a call
# with one of them answers 501, and so does every other operation. A member of a member is named with a dot. None means all
# operations, and all their members.
MODELS = {
    ("account", "2021-02-01"): {"GetRegionOptStatus": "", "ListRegions": ""},
    ("cloudformation", "2010-05-15"): {"DescribeStacks": ""},
    ("cloudtrail", "2013-11-01"): {"DescribeTrails": "", "GetEventSelectors": "", "GetTrailStatus": ""},
    ("detective", "2018-10-26"): None,
    ("events", "2015-10-07"): {
        "DescribeEventBus": "",
        "DescribeRule": "",
        "ListRules": "",
        "ListTargetsByRule": "",
        "PutEvents": "EndpointId Entries.TraceHeader",
    },
    ("iam", "2010-05-08"): {"CreateServiceLinkedRole": "CustomSuffix", "GetRole": ""},
    ("lambda", "2015-03-31"): {
        "GetAccountSettings": "",
        "GetFunction": "Qualifier",
        "Invoke": "ClientContext DurableExecutionName Qualifier TenantId",
        "ListFunctions": "MasterRegion FunctionVersion",
    },
    ("logs", "2014-03-28"): {
        "DescribeLogGroups": "accountIdentifiers includeLinkedAccounts logGroupClass logGroupIdentifiers",
        "FilterLogEvents": "startFromHead unmask",
        "GetQueryResults": "nextToken maxItems",
        "StartQuery": "queryLanguage",
    },
    ("organizations", "2016-11-28"): {
        "AcceptHandshake": "",
        "CloseAccount": "",
        "CreateAccount": "IamUserAccessToBilling",
        "CreateOrganization": "",
        "CreateOrganizationalUnit": "",
        "DeleteOrganizationalUnit": "",
        "DeregisterDelegatedAdministrator": "",
        "DescribeAccount": "",
        "DescribeCreateAccountStatus": "",
        "DescribeHandshake": "",
        "DescribeOrganization": "",
        "DescribeOrganizationalUnit": "",
        "DisableAWSServiceAccess": "",
        "EnableAWSServiceAccess": "",
        "InviteAccountToOrganization": "Notes Tags",
        "LeaveOrganization": "",
        "ListAWSServiceAccessForOrganization": "",
        "ListAccounts": "",
        "ListAccountsForParent": "",
        "ListChildren": "",
        "ListCreateAccountStatus": "",
        "ListDelegatedAdministrators": "",
        "ListDelegatedServicesForAccount": "",
        "ListHandshakesForOrganization": "",
        "ListOrganizationalUnitsForParent": "",
        "ListParents": "",
        "ListPolicies": "",
        "ListPoliciesForTarget": "",
        "ListRoots": "",
        "ListTagsForResource": "",
        "MoveAccount": "",
        "RegisterDelegatedAdministrator": "",
        "RemoveAccountFromOrganization": "",
        "TagResource": "",
        "UntagResource": "",
        "UpdateOrganizationalUnit": "",
    },
    ("s3", "2006-03-01"): {
        "GetObject": "VersionId PartNumber SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5 ResponseCacheControl "
                     "ResponseContentDisposition ResponseContentEncoding ResponseContentLanguage ResponseExpires",
        "HeadBucket": "",
        "HeadObject": "VersionId PartNumber SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5 ResponseCacheControl "
                      "ResponseContentDisposition ResponseContentEncoding ResponseContentLanguage ResponseExpires",
        "ListObjectsV2": "FetchOwner OptionalObjectAttributes",
        "PutObject": "ACL CacheControl ContentDisposition ContentEncoding ContentLanguage ChecksumCRC32C ChecksumCRC64NVME "
                     "ChecksumSHA1 ChecksumSHA512 ChecksumMD5 ChecksumXXHASH64 ChecksumXXHASH3 ChecksumXXHASH128 Expires "
                     "GrantFullControl GrantRead GrantReadACP GrantWriteACP WriteOffsetBytes Metadata ServerSideEncryption "
                     "StorageClass WebsiteRedirectLocation SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5 SSEKMSKeyId "
                     "SSEKMSEncryptionContext BucketKeyEnabled Tagging ObjectLockMode ObjectLockRetainUntilDate "
                     "ObjectLockLegalHoldStatus ObjectLockEventHold ObjectLockEventHoldDurationDays "
                     "ObjectLockEventHoldDurationYears",
    },
    ("scheduler", "2021-06-30"): {"GetSchedule": "", "ListSchedules": ""},
    ("sns", "2010-03-31"): {
        "Publish": "TargetArn PhoneNumber MessageAttributes MessageDeduplicationId MessageGroupId",
    },
    ("sqs", "2012-11-05"): {
        "ChangeMessageVisibility": "",
        "ChangeMessageVisibilityBatch": "",
        "DeleteMessage": "",
        "DeleteMessageBatch": "",
        "GetQueueAttributes": "",
        "GetQueueUrl": "",
        "ListQueues": "",
        "ReceiveMessage": "ReceiveRequestAttemptId",
        "SendMessage": "MessageSystemAttributes MessageDeduplicationId MessageGroupId",
        "SendMessageBatch": "Entries.MessageSystemAttributes Entries.MessageDeduplicationId Entries.MessageGroupId",
    },
    ("ssm", "2014-11-06"): {
        "GetParameter": "",
        "PutParameter": "KeyId AllowedPattern Tags Tier Policies DataType",
    },
    ("sts", "2011-06-15"): {
        "AssumeRole": "PolicyArns Tags TransitiveTagKeys SerialNumber TokenCode SourceIdentity ProvidedContexts "
                      "MinimumSessionTokenSize",
        "GetCallerIdentity": "",
    },
}
DROPPED = {"documentation", "idempotent", "auth", "staticContextParams", "documentationUrl", "deprecated",
           "deprecatedMessage", "deprecatedSince", "sensitive", "authtype", "synthetic", "examples", "endpoint", "httpChecksum",
           "httpChecksumRequired"}


def strip(value):
    if isinstance(value, dict):
        return {key: strip(item) for key, item in value.items() if key not in DROPPED or isinstance(item, dict)}
    if isinstance(value, list):
        return [strip(item) for item in value]
    return value


def sentences(documentation):
    """What the documentation of an operation states, a sentence an item."""
    blocks = re.split(r"</?(?:p|ul|li)[^>]*>", documentation)
    texts = (re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", block))).strip() for block in blocks)
    return [sentence for text in texts if text for sentence in re.split(r"(?<=[.:])\s+(?=[A-Z])", text)]


def references(shape):
    for value in shape.get("members", {}).values():
        yield value["shape"]
    for key in ("member", "key", "value"):
        if key in shape:
            yield shape[key]["shape"]


def selectors(model, operation):
    """What a request of S3 has in its query string and its headers because the operation requires it: `?uploadId`."""
    shape = model["shapes"].get(operation.get("input", {}).get("shape"), {})
    members = [shape["members"][name] for name in shape.get("required", [])]
    marks = {"querystring": "?", "header": ""}
    return sorted(marks[member["location"]] + member["locationName"] for member in members if member.get("location") in marks)


def not_emulated(model, operation):
    """How a request for an operation is known that is not emulated."""
    known = {}
    if model["metadata"]["protocol"].startswith("rest-"):
        known["http"] = {key: operation["http"][key] for key in ("method", "requestUri")}
    if model["metadata"]["protocol"] == "rest-xml":
        known["selectors"] = selectors(model, operation)
    if operation.get("authtype") == "none":
        known["unsigned"] = True
    return known


def check_paths(model, name, paths):
    """Every member that is not honoured must be one of the model."""
    for path in paths:
        shape = model["shapes"][model["operations"][name]["input"]["shape"]]
        for member in path.split("."):
            shape = shape if shape["type"] == "structure" else model["shapes"][shape["member"]["shape"]]
            shape = model["shapes"][shape["members"][member]["shape"]]


def main():
    data = pathlib.Path(botocore.__file__).parent / "data"
    here = pathlib.Path(__file__).parent
    for (service, version), kept in MODELS.items():
        model = json.loads(gzip.decompress((data / service / version / "service-2.json.gz").read_bytes()))
        operations = strip({name: op for name, op in model["operations"].items() if kept is None or name in kept})
        for name, operation in operations.items():
            if kept and kept[name]:
                operation["refused"] = kept[name].split()
                check_paths(model, name, operation["refused"])
            if model["metadata"]["protocol"] == "rest-xml":
                operation["selectors"] = selectors(model, operation)
        if kept:
            assert set(kept) == set(operations), set(kept) - set(operations)
        wanted = [op[part]["shape"] for op in operations.values() for part in ("input", "output") if part in op]
        wanted += [error["shape"] for op in operations.values() for error in op.get("errors", [])]
        shapes = {}
        while wanted:
            name = wanted.pop()
            if name not in shapes:
                shapes[name] = strip(model["shapes"][name])
                wanted.extend(references(model["shapes"][name]))
        result = {
            "metadata": {key: model["metadata"][key] for key in ("apiVersion", "protocol", "serviceId", "xmlNamespace")
                         if key in model["metadata"]},
            "operations": operations,
            "notEmulated": {name: not_emulated(model, operation) for name, operation in model["operations"].items()
                            if name not in operations},
            "shapes": dict(sorted(shapes.items())),
        }
        text = json.dumps(result, indent=1, sort_keys=True)
        (here / f"{service}.json").write_text(text + "\n")
        if service == "detective":
            stated = {name: sentences(operation["documentation"]) for name, operation in model["operations"].items()}
            (here / "detective-sentences.json").write_text(json.dumps(stated, indent=1, sort_keys=True) + "\n")


main()

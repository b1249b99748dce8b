"""Writes the models that the emulator embeds: botocore's, without documentation and without what is not used.

Usage: python3 strip.py    (botocore must be installed)
"""

import gzip
import html
import json
import pathlib
import re

import botocore

# The operations of each service that the emulator answers; None means all of them. Of the others only the names are
# kept: they answer 501.
MODELS = {
    ("account", "2021-02-01"): ["GetRegionOptStatus", "ListRegions"],
    ("cloudtrail", "2013-11-01"): ["DescribeTrails", "GetEventSelectors", "GetTrailStatus"],
    ("detective", "2018-10-26"): None,
    ("events", "2015-10-07"): ["DescribeEventBus", "DescribeRule", "ListRules", "ListTargetsByRule", "PutEvents"],
    ("organizations", "2016-11-28"): [
        "AcceptHandshake",
        "CloseAccount",
        "CreateAccount",
        "CreateOrganizationalUnit",
        "DeregisterDelegatedAdministrator",
        "DescribeAccount",
        "DescribeCreateAccountStatus",
        "DescribeHandshake",
        "DescribeOrganization",
        "DescribeOrganizationalUnit",
        "EnableAWSServiceAccess",
        "InviteAccountToOrganization",
        "LeaveOrganization",
        "ListAWSServiceAccessForOrganization",
        "ListAccounts",
        "ListAccountsForParent",
        "ListChildren",
        "ListCreateAccountStatus",
        "ListDelegatedAdministrators",
        "ListDelegatedServicesForAccount",
        "ListOrganizationalUnitsForParent",
        "ListParents",
        "ListRoots",
        "ListTagsForResource",
        "MoveAccount",
        "RegisterDelegatedAdministrator",
        "RemoveAccountFromOrganization",
        "TagResource",
        "UntagResource",
    ],
}
DROPPED = {"documentation", "idempotent", "auth", "staticContextParams", "documentationUrl", "deprecated",
           "deprecatedMessage", "deprecatedSince", "sensitive", "authtype", "synthetic"}


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


def main():
    data = pathlib.Path(botocore.__file__).parent / "data"
    here = pathlib.Path(__file__).parent
    for (service, version), kept in MODELS.items():
        model = json.loads(gzip.decompress((data / service / version / "service-2.json.gz").read_bytes()))
        operations = strip({name: op for name, op in model["operations"].items() if kept is None or name in kept})
        wanted = [op[part]["shape"] for op in operations.values() for part in ("input", "output") if part in op]
        wanted += [error["shape"] for op in operations.values() for error in op.get("errors", [])]
        shapes = {}
        while wanted:
            name = wanted.pop()
            if name not in shapes:
                shapes[name] = strip(model["shapes"][name])
                wanted.extend(references(model["shapes"][name]))
        result = {
            "metadata": {key: model["metadata"][key] for key in ("apiVersion", "protocol", "serviceId")},
            "operations": operations,
            "notEmulated": sorted(set(model["operations"]) - set(operations)),
            "shapes": dict(sorted(shapes.items())),
        }
        text = json.dumps(result, indent=1, sort_keys=True)
        (here / f"{service}.json").write_text(text + "\n")
        if service == "detective":
            stated = {name: sentences(operation["documentation"]) for name, operation in model["operations"].items()}
            (here / "detective-sentences.json").write_text(json.dumps(stated, indent=1, sort_keys=True) + "\n")


main()

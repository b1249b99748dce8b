"""All operations of Detective through boto3: success, pages, and every error that the model has."""

import pathlib

import botocore.session
import pytest
from botocore import xform_name

import cases
import neighbours
from cases import NATURAL, VALID, World

MODEL = botocore.session.get_session().get_service_model("detective")
NOTES = {
    line.split(": ", 1)[0]: line.split(": ", 1)[1]
    for line in (pathlib.Path(__file__).parent / "deviations.txt").read_text().splitlines()
    if line and not line.startswith("#")
}
ERRORS = [(name, shape.name) for name in MODEL.operation_names for shape in MODEL.operation_model(name).error_shapes]
RESULTS = {}


def call(cloud, operation, account, region, request):
    client = cloud.client("detective", account, region, parameter_validation=False)
    return getattr(client, xform_name(operation))(**request)


def test_there_is_a_case_for_every_operation_and_no_other():
    assert sorted(VALID) == sorted(MODEL.operation_names)
    others = {f"{service}:{name}" for service in neighbours.NEIGHBOURS for name in neighbours.stated(service)}
    assert set(NOTES) <= set(VALID) | others, "deviations.txt names an operation that does not exist"


@pytest.mark.parametrize("operation", sorted(VALID))
def test_a_valid_call_succeeds_with_the_shape_of_the_model(cloud, operation):
    account, region, request = VALID[operation]
    call(cloud, operation, account, region, request(World(cloud)))
    RESULTS.setdefault(operation, {})["success"] = True


@pytest.mark.parametrize(("operation", "error"), ERRORS)
def test_every_modelled_error_can_be_produced(cloud, operation, error):
    world = World(cloud)
    account, region, valid = VALID[operation]
    valid = valid(world)
    arn = "GraphArn" in valid or "ResourceArn" in valid
    natural = True
    if (operation, error) in NATURAL:
        account, region, request = NATURAL[(operation, error)]
        request = request(world)
    elif error == "ValidationException" and arn:
        request = cases.wrong_arn(valid)
    elif error == "ResourceNotFoundException" and arn:
        request = cases.unknown_arn(valid, region)
    elif error == "AccessDeniedException" and arn and account == cases.ADMINISTRATOR:
        account, request = cases.APP, valid
    else:
        natural, request = False, valid
        cloud.faults({"operation": operation, "effect": {"error": {"code": error}}})
    with pytest.raises(Exception) as caught:
        call(cloud, operation, account, region, request)
    assert type(caught.value).__name__ == error, repr(caught.value)
    RESULTS.setdefault(operation, {}).setdefault("natural" if natural else "fault", []).append(error)


# An operation without members has no input shape.
INPUTS = {name: MODEL.operation_model(name).input_shape for name in sorted(VALID) if MODEL.operation_model(name).input_shape}
PAGED = [name for name, shape in INPUTS.items() if "NextToken" in shape.members]


@pytest.mark.parametrize("operation", PAGED)
def test_pages_of_one_have_what_one_page_has(cloud, operation):
    account, region, request = VALID[operation]
    request = {**request(World(cloud)), "MaxResults": 100}
    member = next(name for name, shape in MODEL.operation_model(operation).output_shape.members.items()
                  if shape.type_name in ("list", "map"))
    whole = call(cloud, operation, account, region, request)
    assert "NextToken" not in whole
    items, token = [], {}
    while True:
        page = call(cloud, operation, account, region, {**request, **token, "MaxResults": 1})
        assert len(page[member]) <= 1
        items.extend(page[member].items() if isinstance(page[member], dict) else page[member])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    expected = whole[member]
    assert items == (list(expected.items()) if isinstance(expected, dict) else expected)


INVALID = [
    ("CreateMembers", "Accounts", []),
    ("CreateMembers", "Accounts", [{"AccountId": "1", "EmailAddress": "a@example.com"}]),
    ("CreateMembers", "Accounts", [{"AccountId": "123456789012"}]),
    ("CreateMembers", "Accounts", [{"AccountId": "123456789012", "EmailAddress": "nobody"}]),
    ("CreateMembers", "Accounts", [{"AccountId": f"{n:012}", "EmailAddress": "a@example.com"} for n in range(51)]),
    ("CreateMembers", "Message", "x" * 1001),
    ("GetMembers", "AccountIds", ["1" * 12] * 51),
    ("DeleteMembers", "AccountIds", []),
    ("ListMembers", "MaxResults", 201),
    ("ListMembers", "NextToken", ""),
    ("TagResource", "Tags", {"aws:own": "x"}),
    ("TagResource", "Tags", {"key": "x" * 257}),
    ("UpdateDatasourcePackages", "DatasourcePackages", ["EVERYTHING"]),
    ("UpdateInvestigationState", "State", "FORGOTTEN"),
    ("GetInvestigation", "InvestigationId", "1"),
    ("ListIndicators", "MaxResults", 101),
    ("BatchGetGraphMemberDatasources", "AccountIds", ["1" * 12] * 201),
    ("StartMonitoringMember", "AccountId", "12345678901x"),
]


@pytest.mark.parametrize(("operation", "member", "value"), INVALID)
def test_what_the_model_does_not_allow_is_refused_with_code_and_reason(cloud, operation, member, value):
    account, region, request = VALID[operation]
    with pytest.raises(Exception) as caught:
        call(cloud, operation, account, region, {**request(World(cloud)), member: value})
    response = caught.value.response
    assert response["Error"]["Code"] == "ValidationException"
    assert response["ErrorCode"] == "INVALID_REQUEST_BODY"
    assert member[0].lower() + member[1:] in response["ErrorCodeReason"]


REQUIRED = [(name, member) for name, shape in INPUTS.items() for member in shape.required_members
            # A URI without its parameter is another URI.
            if member != "ResourceArn"]


@pytest.mark.parametrize(("operation", "member"), REQUIRED)
def test_a_required_member_is_required(cloud, operation, member):
    account, region, request = VALID[operation]
    request = request(World(cloud))
    del request[member]
    with pytest.raises(Exception) as caught:
        call(cloud, operation, account, region, request)
    assert type(caught.value).__name__ == "ValidationException", repr(caught.value)


def test_the_published_table_has_the_results_of_these_tests(request):
    """Runs last. Writes OPERATIONS.md with --update-table, else compares it."""
    wanted = len(VALID) + len(ERRORS)
    seen = sum(result.get("success", False) for result in RESULTS.values())
    seen += sum(len(result.get(kind, [])) for result in RESULTS.values() for kind in ("natural", "fault"))
    if seen != wanted:
        pytest.skip(f"{wanted - seen} cases did not run or failed: the table needs them all")
    lines = [
        "# Detective's operations in the emulator",
        "",
        "Written by `tests/conformance` (`pytest --update-table`): boto3 called every operation, and had every error that",
        "AWS's model has for it, from the state of the emulated cloud or, in the last column, from a fault rule.",
        "",
        "| Operation | Emulated | Errors from state | Errors by fault rule | Deviates from AWS |",
        "|---|---|---|---|---|",
    ]
    short = lambda errors: ", ".join(sorted(error.removesuffix("Exception") for error in errors)) or "-"
    for name in sorted(RESULTS):
        result = RESULTS[name]
        lines.append(f"| {name} | yes | {short(result.get('natural', []))} | {short(result.get('fault', []))} "
                     f"| {NOTES.get(name, '-')} |")
    table = "\n".join(lines) + "\n" + neighbours.table(NOTES)
    path = pathlib.Path(__file__).parents[1] / "emulator" / "OPERATIONS.md"
    if request.config.getoption("--update-table"):
        path.write_text(table)
    assert path.read_text() == table, "OPERATIONS.md is old: run pytest --update-table"

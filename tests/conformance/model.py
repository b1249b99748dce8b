"""Checks an answer on the wire against the service model that ships with botocore."""

import datetime
import json

CHECKED = {"Account", "CloudTrail", "Detective", "EventBridge", "Organizations"}


def check_answer(response_dict, operation_model, **_):
    """Raises if a response does not match the model. botocore calls it before it parses the response."""
    if operation_model.service_model.service_id not in CHECKED:
        return
    body, status = response_dict["body"], response_dict["status_code"]
    assert "x-amzn-requestid" in {name.lower() for name in response_dict["headers"]}, "no request id"
    if status < 300:
        assert status == operation_model.http.get("responseCode", 200), f"status {status}"
        value = json.loads(body) if body else {}
        if operation_model.output_shape is None:
            assert value == {}, f"{operation_model.name} answers nothing, not {value}"
        else:
            check(operation_model.output_shape, value, operation_model.name)
        return
    if status == 501:
        return
    code = response_dict["headers"]["x-amzn-errortype"]
    shapes = {shape.metadata.get("error", {}).get("code", shape.name): shape for shape in operation_model.error_shapes}
    if code in shapes:
        value = json.loads(body)
        value.pop("__type", None)
        if not shapes[code].members:
            value.pop("message")  # Some models leave the message out.
        expected = shapes[code].metadata.get("error", {}).get("httpStatusCode", 400)
        assert status == expected, f"{code} with status {status}, not {expected}"
        check(shapes[code], value, code)


def check(shape, value, path):
    """Checks a value: types, required and unknown members, enums, and limits of lists and texts."""
    kind = shape.type_name
    if kind == "structure":
        assert isinstance(value, dict), f"{path} is not a structure"
        for name in shape.required_members:
            assert name in value, f"{path} has no {name}"
        for name, item in value.items():
            assert name in shape.members, f"{path} has an unknown member {name}"
            check(shape.members[name], item, f"{path}.{name}")
    elif kind == "list":
        assert isinstance(value, list), f"{path} is not a list"
        assert len(value) <= shape.metadata.get("max", len(value)), f"{path} is too long"
        for index, item in enumerate(value):
            check(shape.member, item, f"{path}[{index}]")
    elif kind == "map":
        assert isinstance(value, dict), f"{path} is not a map"
        for key, item in value.items():
            check(shape.key, key, f"{path} key")
            check(shape.value, item, f"{path}[{key}]")
    elif kind == "string":
        assert isinstance(value, str), f"{path} is not a text"
        assert not shape.enum or value in shape.enum, f"{path} is {value}"
        assert shape.metadata.get("min", 0) <= len(value) <= shape.metadata.get("max", len(value)), f"{path} is {value}"
    elif kind in ("integer", "long"):
        assert isinstance(value, int) and not isinstance(value, bool), f"{path} is not a whole number"
    elif kind in ("float", "double"):
        assert isinstance(value, (int, float)) and not isinstance(value, bool), f"{path} is not a number"
    elif kind == "boolean":
        assert isinstance(value, bool), f"{path} is not a boolean"
    elif kind == "timestamp":
        if isinstance(value, str):
            datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        else:
            assert isinstance(value, (int, float)), f"{path} is not a time"
    else:
        raise AssertionError(f"{path} is of type {kind}, which is not checked")

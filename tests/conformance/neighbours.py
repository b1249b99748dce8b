"""What is emulated of the services beside Detective: operations, and the members of their inputs."""

import json
import pathlib

import botocore.session

MODELS = pathlib.Path(__file__).parents[1] / "emulator" / "models"
SERVICES = sorted(path.stem for path in MODELS.glob("*.json") if not path.stem.endswith("-sentences"))
NEIGHBOURS = [name for name in SERVICES if name != "detective"]
SESSION = botocore.session.get_session()


def stated(service):
    """What the emulator's copy of the model states of each operation that is emulated."""
    return json.loads((MODELS / f"{service}.json").read_text())["operations"]


def not_emulated(service):
    model = SESSION.get_service_model(service)
    return model, sorted(set(model.operation_names) - set(stated(service)))


def members(service, operation):
    """The members of an operation's input that are honoured, and those that answer 501."""
    shape = SESSION.get_service_model(service).operation_model(operation).input_shape
    refused = stated(service)[operation].get("refused", [])
    names = list(shape.members) if shape else []
    return [name for name in names if name not in refused], refused


def example(shape, depth=0):
    """A value that botocore takes for a shape: what is required, and little else."""
    kind = shape.type_name
    if kind == "structure":
        # Without any member, a structure is nothing in a form.
        wanted = shape.required_members or list(shape.members)[:min(depth, 1)]
        return {name: example(shape.members[name], depth + 1) for name in wanted} if depth < 6 else {}
    if kind == "list":
        return [example(shape.member, depth + 1)] * max(1, shape.metadata.get("min", 1)) if depth < 6 else []
    if kind == "map":
        return {"key": example(shape.value, depth + 1)} if depth < 6 else {}
    if kind in ("integer", "long"):
        return max(1, shape.metadata.get("min", 1))
    if kind in ("float", "double"):
        return 1.0
    if kind == "boolean":
        return True
    if kind == "timestamp":
        return 1767225600
    if kind == "blob":
        return b"bytes"
    return shape.enum[0] if shape.enum else "a" * max(3, shape.metadata.get("min", 3))


def with_member(shape, path):
    """An input with what is required, and a member at a path."""
    first, _, rest = path.partition(".")
    value = example(shape)
    member = shape.members[first]
    if not rest:
        value[first] = example(member)
    elif member.type_name == "list":
        value[first] = [with_member(member.member, rest)]
    else:
        value[first] = with_member(member, rest)
    return value


def table(notes):
    """The part of OPERATIONS.md about them."""
    lines = [
        "",
        "# Operations of other services in the emulator",
        "",
        "Every other operation of these services answers 501, and so does a call with a member that is not honoured: both are",
        "tried with every operation and every member that AWS's models have.",
        "",
        "| Operation | Honoured | Answers 501 | Deviates from AWS |",
        "|---|---|---|---|",
    ]
    for service in NEIGHBOURS:
        for operation in sorted(stated(service)):
            honoured, refused = members(service, operation)
            name = f"{service}:{operation}"
            lines.append(f"| {name} | {', '.join(honoured) or '-'} | {', '.join(refused) or '-'} | {notes.get(name, '-')} |")
    return "\n".join(lines) + "\n"

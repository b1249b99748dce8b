"""The template as CloudFormation gets it from SAM's transform, resolved with any parameters: what it makes, at its longest.

A condition depends on parameters alone, and compares each with a few literals. So a parameter has as many cases as there are
literals, and one more for any other value; every combination of cases is every deployment that there can be."""

import copy
import itertools
import os
import re

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # SAM asks for one, and uses it for nothing here.

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

OTHER = "(another value)"
SAME, DIFFERENT = "(the same)", "(different)"
NO_VALUE = object()
# A stack's name has 128 characters at most; with a StackSet, whose name begins with it, 116.
ACCOUNT, REGION, STACK = "1" * 12, "ap-southeast-1", "s" * 116
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws-us-gov",
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::StackId": f"arn:aws-us-gov:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/00000000-0000-4000-8000-000000000000",
    "AWS::URLSuffix": "amazonaws.com",
}
# An item of each list, as short as they are: the longest lists have the most items.
ITEMS = {
    "DetectiveRegions": "eu-west-1",
    "InvitationGraphRegions": "eu-west-1",
    "TrustedAdministratorIds": ACCOUNT,
    "MemberRoleOrganizationalUnitIds": "r-%04x",
    "TrustedGraphArns": f"arn:aws:detective:eu-west-1:{ACCOUNT}:graph:{'0' * 32}",
}
# The longest names that CloudFormation makes.
NAMES = {"AWS::SQS::Queue": 80, "AWS::S3::Bucket": 63, "AWS::SNS::Topic": 256, "AWS::Logs::LogGroup": 512}


class NoPolicies:
    """No AWS managed policy is named, so none is looked up."""

    def load(self):
        return {}


class Template:
    def __init__(self, text):
        source = yaml_parse(text)
        for resource in source["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                resource["Properties"]["CodeUri"] = "s3://bucket/key"
        is_sam = "Transform" in source
        self.body = transform(copy.deepcopy(source), {}, NoPolicies()) if is_sam else source
        self.parameters = self.body.get("Parameters", {})
        self.resources = self.body["Resources"]
        self.outputs = self.body.get("Outputs", {})
        self.conditions = self.body.get("Conditions", {})
        self.cases = {name: list(map(str, p["AllowedValues"])) for name, p in self.parameters.items() if "AllowedValues" in p}
        for left, right in self.comparisons(self.conditions):
            subject, literal = self.subject(left, right)
            known = self.cases.setdefault(subject, [DIFFERENT if literal == SAME else OTHER])
            if literal not in known:
                known.append(literal)

    def comparisons(self, value):
        if isinstance(value, dict):
            if "Fn::Equals" in value:
                yield value["Fn::Equals"]
            for inner in value.values():
                yield from self.comparisons(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from self.comparisons(inner)

    @staticmethod
    def subject(left, right):
        """What is compared, and with which literal: two parameters are the same or different."""

        def named(value):
            value = value["Fn::Join"][1] if isinstance(value, dict) and "Fn::Join" in value else value
            return value["Ref"] if isinstance(value, dict) else None

        if named(right) is None:
            return named(left), str(right)
        return f"{named(left)} = {named(right)}", SAME

    def holds(self, condition, given):
        """Whether a condition, or the function of one, holds in a combination of cases."""
        if isinstance(condition, str):
            return self.holds(self.conditions[condition], given)
        ((name, argument),) = condition.items()
        if name == "Condition":
            return self.holds(argument, given)
        if name == "Fn::Equals":
            subject, literal = self.subject(*argument)
            return given[subject] == literal
        every = [self.holds(one, given) for one in argument]
        return {"Fn::Not": lambda: not every[0], "Fn::And": lambda: all(every), "Fn::Or": lambda: any(every)}[name]()

    def subjects(self, condition):
        """What a condition depends on."""
        if isinstance(condition, str):
            return self.subjects(self.conditions[condition])
        ((name, argument),) = condition.items()
        if name == "Condition":
            return self.subjects(argument)
        if name == "Fn::Equals":
            return {self.subject(*argument)[0]}
        return set().union(*(self.subjects(one) for one in argument))

    def combinations(self, conditions):
        """Every combination of the cases that the conditions depend on."""
        subjects = sorted(set().union(*(self.subjects(condition) for condition in conditions)))
        for cases in itertools.product(*(self.cases[subject] for subject in subjects)):
            yield dict(zip(subjects, cases))

    def references(self, value, given=()):
        """Everything that a value refers to: the name, and under which conditions of Fn::If."""
        if isinstance(value, list):
            for inner in value:
                yield from self.references(inner, given)
        if not isinstance(value, dict):
            return
        for key, inner in value.items():
            if key == "Ref" and isinstance(inner, str):
                yield inner, given
            elif key == "Fn::GetAtt":
                yield (inner.split(".")[0] if isinstance(inner, str) else inner[0]), given
            elif key == "Fn::If":
                yield from self.references(inner[1], (*given, (inner[0], True)))
                yield from self.references(inner[2], (*given, (inner[0], False)))
            elif key == "Fn::Sub":
                text, own = (inner, {}) if isinstance(inner, str) else inner
                yield from ((name.split(".")[0], given) for name in re.findall(r"\$\{([^!}][^}]*)\}", text) if name not in own)
                yield from self.references(own, given)
            else:
                yield from self.references(inner, given)

    def ifs(self, value):
        """The conditions of every Fn::If in a value."""
        if isinstance(value, dict):
            inside = {value["Fn::If"][0]} if "Fn::If" in value else set()
            return inside.union(*(self.ifs(inner) for inner in value.values()))
        return set().union(*(self.ifs(inner) for inner in value)) if isinstance(value, list) else set()

    def longest(self, name, case=OTHER):
        """A parameter's longest value, or that of a case."""
        parameter = self.parameters[name]
        is_list = parameter["Type"] == "CommaDelimitedList"
        if case != OTHER:
            return [case] if is_list else case
        if "AllowedValues" in parameter:
            return max(parameter["AllowedValues"], key=lambda value: len(str(value)))
        if parameter["Type"] == "Number":
            return parameter["MaxValue"]
        pattern = parameter.get("AllowedPattern", "")
        # CloudFormation takes 4,096 bytes for each parameter.
        length = min(parameter.get("MaxLength", 4096), re._parser.parse(pattern).getwidth()[1] if pattern else 4096, 4096)
        item = ITEMS.get(name)
        if item:
            count = max(1, (length + 1) // (len(item) + 1))
            items = [item % number if "%" in item else item for number in range(count)]
            return items if is_list else ",".join(items)
        if is_list:
            return ["x" * length]
        # The character that takes the most room in a variable: one that is escaped, or not in ASCII.
        wide = (one for one in ("\x01", "\u20ac", '"') if re.fullmatch(pattern or "(?s:.*)", one * length))
        return next(wide, "x") * length

    def name(self, id, given):
        """A resource's name: the one that it is given, or the longest that CloudFormation makes."""
        resource = self.resources[id]
        kind = resource["Type"].rsplit("::", 1)[1]
        for key in ("Name", f"{kind}Name", "FunctionName"):
            if isinstance(resource.get("Properties", {}).get(key), (str, dict)):
                return self.resolve(resource["Properties"][key], given)
        # CloudFormation makes names of the stack's, of 128 characters at most, of the resource's id, and of its own twelve or thirteen.
        return "n" * min(NAMES.get(resource["Type"], 64), 128 + 1 + len(id) + 1 + 13)

    def reference(self, id, given):
        if id == "AWS::NoValue":
            return NO_VALUE
        if id in self.parameters:
            return self.longest(id, given.get(id, OTHER))
        if id in PSEUDO:
            return PSEUDO[id] if given.get(id, OTHER) == OTHER else given[id]
        kind, name = self.resources[id]["Type"], self.name(id, given)
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        return self.attribute(id, "Arn", given) if kind == "AWS::SNS::Topic" else name

    def attribute(self, id, attribute, given):
        kind, name = self.resources[id]["Type"], self.name(id, given)
        if not attribute.endswith("Arn"):
            return name
        arn = {
            "AWS::IAM::Role": f"iam::{ACCOUNT}:role/{name}",
            "AWS::S3::Bucket": f"s3:::{name}",
            "AWS::SQS::Queue": f"sqs:{REGION}:{ACCOUNT}:{name}",
            "AWS::SNS::Topic": f"sns:{REGION}:{ACCOUNT}:{name}",
            "AWS::Logs::LogGroup": f"logs:{REGION}:{ACCOUNT}:log-group:{name}:*",
            "AWS::Lambda::Function": f"lambda:{REGION}:{ACCOUNT}:function:{name}",
            "AWS::Events::Rule": f"events:{REGION}:{ACCOUNT}:rule/{name}",
            "AWS::Scheduler::ScheduleGroup": f"scheduler:{REGION}:{ACCOUNT}:schedule-group/{name}",
        }
        return f"arn:{self.reference('AWS::Partition', given)}:{arn[kind]}"

    def resolve(self, value, given):
        """A value without intrinsic functions, in a combination of cases."""
        if isinstance(value, list):
            return [one for one in (self.resolve(inner, given) for inner in value) if one is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                return self.reference(argument, given)
            if name == "Fn::GetAtt":
                return self.attribute(*(argument.split(".", 1) if isinstance(argument, str) else argument), given)
            if name == "Fn::If":
                return self.resolve(argument[1 if self.holds(argument[0], given) else 2], given)
            if name == "Fn::Join":
                return argument[0].join(map(str, self.resolve(argument[1], given)))
            if name == "Fn::Split":
                return self.resolve(argument[1], given).split(argument[0])
            if name == "Fn::Select":
                return self.resolve(argument[1], given)[int(argument[0])]
            if name == "Fn::Sub":
                text, own = (argument, {}) if isinstance(argument, str) else argument
                return re.sub(r"\$\{([^}]+)\}", lambda found: str(self.substitute(found[1], own, given)), text)
            if name.startswith("Fn::"):
                raise ValueError(f"{name} is not understood here")
        resolved = {key: self.resolve(inner, given) for key, inner in value.items()}
        return {key: inner for key, inner in resolved.items() if inner is not NO_VALUE}

    def substitute(self, name, own, given):
        if name.startswith("!"):
            return "${" + name[1:] + "}"
        if name in own:
            return self.resolve(own[name], given)
        return self.attribute(*name.split(".", 1), given) if "." in name else self.reference(name, given)

    def deployments(self, id):
        """The properties of a resource in every combination in which there is one."""
        resource = self.resources[id]
        conditions = self.ifs(resource.get("Properties", {})) | ({resource["Condition"]} if "Condition" in resource else set())
        # Names of other resources depend on no more than their parameters.
        for given in self.combinations(conditions):
            if "Condition" not in resource or self.holds(resource["Condition"], given):
                yield given, self.resolve(resource.get("Properties", {}), given)

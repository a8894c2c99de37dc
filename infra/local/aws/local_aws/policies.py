"""What an IAM policy grants, as AWS reads it: wildcards, conditions, and a denial that wins over every grant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local_aws.requested import Requested

ARN_PARTS = 6


@dataclass(frozen=True)
class Grant:
    """One action and one resource of a statement: allowed, or with `is_denial` forbidden whatever allows it."""

    action: str
    resource: str
    conditions: dict[str, dict[str, Any]]
    is_denial: bool = False

    def covers(self, call: Requested, resource: str) -> bool:
        """Whether the statement speaks of this call on this resource."""
        return (
            matches(self.action.lower(), call.action.lower())
            and matches(self.resource, resource)
            and all(holds(kind, keys, call.context) for kind, keys in self.conditions.items())
        )


class StatementError(Exception):
    """A statement of a form that is not judged here; the text names it."""


def grants_in(policy: dict[str, Any]) -> Iterator[Grant]:
    """Every action with every resource. StatementError for NotAction, NotResource and the like."""
    for statement in several(policy["Statement"]):
        if set(statement) - {"Sid", "Effect", "Action", "Resource", "Condition"}:
            raise StatementError(f"{statement.get('Sid', 'a statement')} has {', '.join(sorted(statement))}")
        conditions = statement.get("Condition") or {}
        for kind in conditions:
            if kind not in OPERATORS:
                raise StatementError(f"{statement.get('Sid', 'a statement')} has a condition {kind}")
        for action in several(statement["Action"]):
            for resource in several(statement["Resource"]):
                yield Grant(action, resource, conditions, statement["Effect"] == "Deny")


def several(value: Any) -> list[Any]:
    """IAM writes a list of one as the one."""
    return value if isinstance(value, list) else [value]


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` for any characters, `?` for one."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.DOTALL) is not None


def is_like_arn(pattern: str, arn: str) -> bool:
    """Each of the six parts by itself: a wildcard does not reach past its colon."""
    wanted, given = pattern.split(":", ARN_PARTS - 1), arn.split(":", ARN_PARTS - 1)
    return len(wanted) == len(given) == ARN_PARTS and all(map(matches, wanted, given))


OPERATORS = {
    "ArnEquals": is_like_arn,
    "ArnLike": is_like_arn,
    "StringEquals": lambda wanted, given: wanted == given,
    "StringLike": matches,
}


def holds(kind: str, keys: dict[str, Any], context: dict[str, str]) -> bool:
    """Whether every key of a condition is met; a key that the request does not have is not."""
    judge = OPERATORS[kind]
    return all(
        key in context and any(judge(str(wanted), context[key]) for wanted in several(want))
        for key, want in keys.items()
    )

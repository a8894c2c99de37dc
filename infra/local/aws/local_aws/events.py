"""EventBridge: what ECS and Glue tell of their tasks and runs, through the account's own rules to its queues."""

from __future__ import annotations

import json
from copy import copy
from datetime import UTC, datetime
from typing import Any

from moto.events import models
from moto.sqs.models import sqs_backends

from local_aws.patching import replace
from local_aws.places import Place

MEMBERS = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")


def publish(place: Place, source: str, kind: str, resources: list[str], detail: dict[str, Any]) -> None:
    """Give one service event to the default bus of an account and region."""
    entry = {"Source": source, "DetailType": kind, "Resources": resources, "Detail": json.dumps(detail)}
    models.events_backends[place.account][place.region].put_events([entry])


def iso(moment: datetime) -> str:
    """A time as service events write it: UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_delivered(event: dict[str, Any]) -> dict[str, Any]:
    """The event as a queue gets it: EventBridge's members in its order, the time to the second."""
    time = datetime.fromtimestamp(float(event["time"]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {name: time if name == "time" else event[name] for name in MEMBERS}


def install() -> None:
    """moto makes a queue's event from an input template that loses the account, and serves disabled rules too."""
    send = models.Rule.send_to_targets

    def send_to_targets(self: models.Rule, event: Any, transform_input: bool = True) -> None:
        if self.state != "ENABLED" or not self.event_pattern.matches_event(event):
            return
        plain = [t for t in self.targets if ":sqs:" in t["Arn"] and "InputTransformer" not in t]
        for target in plain:
            *_, region, account, name = target["Arn"].split(":")
            sqs_backends[account][region].send_message(queue_name=name, message_body=json.dumps(as_delivered(event)))
        if len(plain) < len(self.targets):
            others = copy(self)
            others.targets = [t for t in self.targets if t not in plain]
            send(others, event, transform_input)

    replace(models.Rule, "send_to_targets", send_to_targets)

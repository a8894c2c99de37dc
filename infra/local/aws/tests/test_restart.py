"""What a restart of the account does not forget."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.conftest import Platform
from tests.test_ecs import ended, run, task


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Platform]:
    """A server that no other test has."""
    running = Platform(tmp_path / "aws", "http://127.0.0.1:1")
    running.start()
    yield running
    running.stop()


def test_a_stopped_task_is_answered_for_after_a_restart_for_as_long_as_ecs_does(own: Platform) -> None:
    arn, old = run(own, "raise SystemExit(3)"), run(own, "print()")
    before = ended(own, arn)
    ended(own, old)
    own.stop()
    file = own.state / "stopped-tasks" / f"{old.rsplit('/', maxsplit=1)[-1]}.json"
    kept = json.loads(file.read_text())
    kept["detail"]["stoppedAt"] = "2026-01-01T00:00:00.000Z"
    file.write_text(json.dumps(kept))
    own.start()

    after = task(own, arn)
    # What is written down has milliseconds.
    times = {name for name, value in before.items() if hasattr(value, "microsecond")}
    assert {name: value for name, value in after.items() if name not in times} == {
        name: value for name, value in before.items() if name not in times
    }
    assert all(abs((after[name] - before[name]).total_seconds()) < 0.002 for name in times)
    ecs = own.client("ecs")
    assert ecs.list_tasks(cluster="t", desiredStatus="STOPPED")["taskArns"] == [arn]
    assert ecs.describe_tasks(cluster="t", tasks=[old])["failures"] == [{"arn": old, "reason": "MISSING"}]
    assert not file.exists()
    assert ecs.stop_task(cluster="t", task=arn)["task"]["lastStatus"] == "STOPPED"
    with pytest.raises(ClientError, match="not found"):
        ecs.stop_task(cluster="t", task=old)

"""What a client of Glue sees of a job run that really runs."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import Platform, eventually


def start(platform: Platform, program: str, **request: Any) -> str:
    platform.client("s3").put_object(Bucket="data-123456789012-eu-west-1", Key="glue/job.py", Body=program.encode())
    run_id: str = platform.client("glue").start_job_run(JobName="t-load", **request)["JobRunId"]
    return run_id


def ended(platform: Platform, run_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        run: dict[str, Any] = platform.client("glue").get_job_run(JobName="t-load", RunId=run_id)["JobRun"]
        return run if "CompletedOn" in run else None

    return eventually(look)


def lines(platform: Platform, run_id: str, kind: str) -> list[str]:
    logs = platform.client("logs")
    group = f"/aws-glue/jobs/{kind}"
    if not logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=run_id)["logStreams"]:
        return []
    page = logs.get_log_events(logGroupName=group, logStreamName=run_id, startFromHead=True)
    return [event["message"] for event in page["events"]]


def test_success_passes_arguments_and_keeps_both_outputs(platform: Platform) -> None:
    run_id = start(
        platform, "import sys; print(*sys.argv[1:]); print('told', file=sys.stderr)", Arguments={"--RUN_KEY": "k"}
    )
    run = ended(platform, run_id)
    assert run["JobRunState"] == "SUCCEEDED"
    assert (run["WorkerType"], run["NumberOfWorkers"], run["GlueVersion"]) == ("G.1X", 2, "5.1")
    assert "DPUSeconds" not in run
    assert lines(platform, run_id, "output") == [
        f"--JOB_NAME t-load --JOB_RUN_ID {run_id} --GREETING hello --RUN_KEY k"
    ]
    assert lines(platform, run_id, "error") == ["told"]


def test_failure_names_the_exception_and_its_line(platform: Platform) -> None:
    run = ended(
        platform, start(platform, "import decimal\n\nraise RuntimeError('canceling statement due to lock timeout')")
    )
    assert run["JobRunState"] == "FAILED"
    told = "Failed Line Number: 3; RuntimeError: canceling statement due to lock timeout"
    assert run["ErrorMessage"] == f"Error Category: UNCLASSIFIED_ERROR; {told}"


def test_a_job_past_its_timeout_is_timed_out(platform: Platform) -> None:
    # A minute of Timeout lasts a second on this server.
    run = ended(platform, start(platform, "import time; time.sleep(600)", Timeout=1))
    assert (run["JobRunState"], run["Timeout"]) == ("TIMEOUT", 1)
    assert 1 <= run["ExecutionTime"] <= 5


def test_stop_is_asynchronous_and_ends_the_run(platform: Platform) -> None:
    glue = platform.client("glue")
    run_id = start(platform, "import time; print('up', flush=True); time.sleep(600)")
    eventually(lambda: lines(platform, run_id, "output") or None)
    answer = glue.batch_stop_job_run(JobName="t-load", JobRunIds=[run_id, "jr_none"])
    assert answer["SuccessfulSubmissions"] == [{"JobName": "t-load", "JobRunId": run_id}]
    assert [error["JobRunId"] for error in answer["Errors"]] == ["jr_none"]
    assert ended(platform, run_id)["JobRunState"] == "STOPPED"


def test_extra_modules_are_importable(platform: Platform) -> None:
    platform.client("s3").put_object(Bucket="data-123456789012-eu-west-1", Key="glue/more.py", Body=b"WORD = 'from s3'")
    run_id = start(
        platform,
        "import more; print(more.WORD)",
        Arguments={"--extra-py-files": "s3://data-123456789012-eu-west-1/glue/more.py"},
    )
    assert ended(platform, run_id)["JobRunState"] == "SUCCEEDED"
    assert lines(platform, run_id, "output") == ["from s3"]


def test_concurrent_runs_are_limited(platform: Platform) -> None:
    glue, held = platform.client("glue"), []
    for _ in range(5):
        held.append(start(platform, "import time; time.sleep(600)"))
    with pytest.raises(ClientError, match="ConcurrentRunsExceededException"):
        start(platform, "import time; time.sleep(600)")
    glue.batch_stop_job_run(JobName="t-load", JobRunIds=held)
    assert {ended(platform, run_id)["JobRunState"] for run_id in held} == {"STOPPED"}


def test_runs_are_listed_newest_first_and_outlive_a_restart(platform: Platform) -> None:
    first = start(platform, "print('first')")
    ended(platform, first)
    second = start(platform, "raise RuntimeError('no')")
    before = ended(platform, second)
    glue = platform.client("glue")
    assert [run["Id"] for run in glue.get_job_runs(JobName="t-load", MaxResults=2)["JobRuns"]] == [second, first]
    platform.stop()
    platform.start()
    after = glue.get_job_run(JobName="t-load", RunId=second)["JobRun"]
    assert after == before
    assert [run["Id"] for run in glue.get_job_runs(JobName="t-load", MaxResults=2)["JobRuns"]] == [second, first]

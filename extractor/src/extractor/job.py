"""The work of the command, and what SIGTERM does to it."""

import os
import signal
import sys
import threading
import traceback
from types import FrameType

from extractor import log
from extractor.errors import ExtractorError, Terminated
from extractor.fault import exhaust_memory, wait_to_be_stopped
from extractor.http_api import HttpSource
from extractor.odbc import OdbcSource, secrets_in
from extractor.run import extract
from extractor.settings import OdbcSettings, Settings
from extractor.source import Source
from extractor.store import Store, s3_client

TERMINATED = 128 + signal.SIGTERM
# ECS kills 30 s after SIGTERM by default; the promise is 10 s.
GRACE_SECONDS = 6


class Job:
    """The work on a thread of its own, so that SIGTERM is answered while a driver call blocks."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.done = threading.Event()
        self.exit_code = 1
        self.store: Store | None = None

    def check_stop(self) -> None:
        if self.stop.is_set():
            raise Terminated

    def work(self) -> None:
        try:
            self.exit_code = self.extract()
        except Terminated:
            self.exit_code = TERMINATED
        except ExtractorError as error:
            self.exit_code = error.exit_code
            log.error("failed", system=error.system, message=str(error), remedy=error.remedy)
        except MemoryError:
            log.error(
                "failed",
                system="container memory",
                message="the memory limit was reached",
                remedy="give the task more memory, or lower MAX_TEXT_BYTES or HTTP_PAGE_SIZE",
            )
        except Exception as error:
            log.error(
                "failed",
                system="extractor",
                message=f"{type(error).__name__}: {error}",
                remedy="this is a defect of the extractor: report it with this line and the settings",
                traceback=traceback.format_exc(),
            )
        finally:
            self.done.set()

    def extract(self) -> int:
        settings = Settings.from_env()
        log.info(
            "started",
            source=settings.source_name,
            table=settings.table,
            run_key=settings.run_key,
            attempt=settings.attempt,
            join_key=settings.join_key,
        )
        if settings.fault == "memory":
            exhaust_memory(self.check_stop)
        if settings.fault == "wait":
            wait_to_be_stopped(self.check_stop)
        self.store = Store(settings.bucket, s3_client(settings.s3_endpoint))
        manifest = extract(settings, make_source(settings), self.store, self.check_stop)
        log.info("finished", rows=manifest.rows, files=len(manifest.files))
        return 0


def make_source(settings: Settings) -> Source:
    if isinstance(settings.source, OdbcSettings):
        for secret in secrets_in(settings.source.connection_string):
            log.hide(secret)
        return OdbcSource(settings, settings.source)
    log.hide(settings.source.token)
    return HttpSource(settings, settings.source)


def run() -> None:
    """Does the job and ends the process with its exit code."""
    job = Job()

    def on_term(_signal: int, _frame: FrameType | None) -> None:
        job.stop.set()

    signal.signal(signal.SIGTERM, on_term)
    signal.signal(signal.SIGINT, on_term)
    worker = threading.Thread(target=job.work, name="extract", daemon=True)
    worker.start()
    while not job.done.wait(0.2):
        if job.stop.is_set():
            terminate(job)
    sys.stdout.flush()
    if job.exit_code == TERMINATED:
        say_terminated()
    os._exit(job.exit_code)


def terminate(job: Job) -> None:
    """Waits for the work to stop by itself; then aborts its uploads and leaves at once."""
    if job.done.wait(GRACE_SECONDS):
        return
    if job.store is not None:
        try:
            job.store.abort_open_uploads()
        except ExtractorError as error:
            log.warning("abort_failed", system=error.system, message=str(error), remedy=error.remedy)
    say_terminated()
    os._exit(TERMINATED)


def say_terminated() -> None:
    log.error(
        "failed",
        system="extractor",
        message="stopped by SIGTERM before the manifest was complete",
        remedy="nothing half-written is visible: rerun the same run key",
    )

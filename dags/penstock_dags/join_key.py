"""The join key: which try of which task instance started a container or a Glue job run.

Pure functions of their arguments; no Airflow here. `tests/join_key.golden.json` pins the bytes for other languages.
"""

import hashlib
import json
import re
from dataclasses import dataclass

JOIN_KEY = "PENSTOCK_JOIN_KEY"
JOIN_TAG = "penstock:join"
SLUG_LENGTH = 120


@dataclass(frozen=True)
class JoinKey:
    """One try of one task instance. `map_index` is -1 for a task that is not mapped; `try_number` counts from 1."""

    environment: str
    dag: str
    run: str
    task: str
    map_index: int
    try_number: int

    def to_json(self) -> str:
        """The compact JSON text that a container finds in PENSTOCK_JOIN_KEY; its bytes are part of the contract."""
        return _compact({**self._identity(), "try": self.try_number})

    def digest(self) -> str:
        """sha256 (hex) of the JSON text: safe as a tag value, whatever characters the ids hold."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def run_key(self) -> str:
        """Name of the data that the task instance writes, the same for each of its tries; fits a path on S3 and Hadoop."""
        slug = re.sub(r"[^A-Za-z0-9._-]", "_", f"{self.dag}.{self.run}.{self.task}")[:SLUG_LENGTH]
        return f"{slug}-{hashlib.sha256(_compact(self._identity()).encode()).hexdigest()[:8]}"

    def _identity(self) -> dict[str, object]:
        return {
            "v": 1,
            "environment": self.environment,
            "dag": self.dag,
            "run": self.run,
            "task": self.task,
            "map": self.map_index,
        }


def _compact(value: dict[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

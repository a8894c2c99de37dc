"""Section 1: draws. Everything is integers."""

import hashlib
from itertools import pairwise

from .company import Quantiles


class Draws:
    def __init__(self, seed: str) -> None:
        self.seed = seed

    def hex(self, key: str) -> str:
        return hashlib.sha256(f"{self.seed}|{key}".encode()).hexdigest()

    def draw(self, key: str, n: int) -> int:
        digest = hashlib.sha256(f"{self.seed}|{key}".encode()).digest()
        return int.from_bytes(digest[:4], "big") * n >> 32

    def quantile(self, table: Quantiles, key: str) -> int:
        u = self.draw(key, 1_000_000)
        for (u0, v0), (u1, v1) in pairwise(table):
            if u0 <= u < u1:
                return v0 + (u - u0) * (v1 - v0) // (u1 - u0)
        raise ValueError(f"no quantile of {u}")

    def work(self, seconds: list[int], key: str) -> int:
        """Milliseconds of a task's work."""
        return self.quantile(
            [[u, s * 1000] for u, s in zip((0, 500_000, 900_000, 990_000, 1_000_000), seconds, strict=True)], key
        )

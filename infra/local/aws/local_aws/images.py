"""Which local command stands for which image: written by the seed, read at each task start."""

from __future__ import annotations

import json

from local_aws.settings import Command, Settings


class Images:
    """The image references that exist in this account's registry, by exact text: any other cannot be pulled."""

    def __init__(self, settings: Settings) -> None:
        self._command = settings.image
        self._file = settings.state / "images.json"

    def find(self, reference: str) -> Command | None:
        return self._command if reference in self._known() else None

    def publish(self, references: list[str]) -> None:
        self._file.write_text(json.dumps(sorted({*self._known(), *references})))

    def _known(self) -> list[str]:
        return list(json.loads(self._file.read_text())) if self._file.exists() else []

RERUN = "run the task again, which is safe: a run is merged whole or not at all"
RERUN_EXTRACT = "run the extract task of that table again, then this one"


class LoadError(Exception):
    """The load cannot go on: which system is at fault, what it said, and what to do next, in one line."""

    def __init__(self, system: str, message: str, remedy: str) -> None:
        self.system = system
        self.message = " ".join(message.split()).rstrip(".")
        self.remedy = remedy
        super().__init__(f"{system}: {self.message}. Remedy: {remedy}")

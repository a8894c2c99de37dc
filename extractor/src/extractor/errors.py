"""What can go wrong, said so that the last log line names the system and the remedy."""


class ExtractorError(Exception):
    """A failure with the name of the failing system and what a person does next."""

    exit_code = 1

    def __init__(self, message: str, *, system: str, remedy: str) -> None:
        super().__init__(message)
        self.system = system
        self.remedy = remedy


class ConfigurationError(ExtractorError):
    """A setting is missing or malformed; nothing was read or written."""

    exit_code = 2

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message, system="configuration", remedy=remedy)


class Terminated(Exception):
    """SIGTERM arrived; the work stops at the next safe point."""

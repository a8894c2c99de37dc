"""The one line that Glue keeps of a failed run."""

from __future__ import annotations

import re

# The last line of a Python traceback, with or without the module of the exception.
ENDINGS = "Error|Exception|Exit|Interrupt|Timeout|NotAvailable|Canceled|Failure"
RAISED = re.compile(rf"^(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*(?:{ENDINGS}))(?:: (.*))?$")
FRAME = re.compile(r'^\s+File "(?P<file>[^"]+)", line (?P<line>\d+)')


def error_message(exit_code: int, tail: list[str], script: str) -> str:
    """The exception that ended the script, in Glue's wording; the exit code when there was none."""
    for index in range(len(tail) - 1, -1, -1):
        raised = RAISED.match(tail[index].strip()) if not tail[index].startswith((" ", "\t")) else None
        if raised:
            message = f"{raised[1]}: {raised[2]}" if raised[2] else raised[1]
            line = failed_line(tail[:index], script)
            where = f"Failed Line Number: {line}; " if line else ""
            return f"Error Category: UNCLASSIFIED_ERROR; {where}{message}"
    return f"Command failed with exit code {exit_code}"


def failed_line(tail: list[str], script: str) -> int | None:
    """The deepest line of the job's own script in the traceback that ends there."""
    for text in reversed(tail):
        frame = FRAME.match(text)
        if frame and frame["file"].endswith(script):
            return int(frame["line"])
    return None

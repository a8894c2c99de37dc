"""The command with an S3 whose second part hangs, or with the argument `fail` is refused."""

import sys
import time
from typing import Any

from extractor.memory import keep_flat

keep_flat()

import boto3  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

from extractor import job, log  # noqa: E402


class Slow:
    def __init__(self, client: Any) -> None:
        self.client = client

    def __getattr__(self, operation: str) -> Any:
        return getattr(self.client, operation)

    def upload_part(self, **arguments: Any) -> Any:
        if arguments["PartNumber"] == 2:
            log.info("part_upload_started")
            if "fail" in sys.argv:
                raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "UploadPart")
            time.sleep(60)
        return self.client.upload_part(**arguments)


make_client = boto3.client
boto3.client = lambda *arguments, **named: Slow(make_client(*arguments, **named))
job.run()

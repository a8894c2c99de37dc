"""The AWS control APIs of the local platform, with a data plane that really runs tasks and jobs."""

"""Drop-in operators that tell Penstock which task instance started a container or a Glue job run.

To adopt Penstock, import `EcsRunTaskOperator` and `GlueJobOperator` from here in place of the Amazon provider's; nothing else changes.

The key is added in `pre_execute`: that is after templates are rendered (no Jinja filter, nor native rendering, can change its bytes), with
the real try number, on the unmapped operator of a mapped task, before a deferrable operator starts its work and again, without effect, when
it resumes; and Airflow calls it in every version from 2.9 to 3.3. Nothing in it can fail a task: an error is logged and the task runs without.
"""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator as AmazonEcsRunTaskOperator
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator as AmazonGlueJobOperator
from botocore.exceptions import ClientError

from penstock_dags.join_key import JOIN_KEY, JOIN_TAG, JoinKey
from penstock_dags.run_context import join_key

# RunTask refuses longer overrides and more tags: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
OVERRIDES_LENGTH = 8192
TAGS = 50


class EcsRunTaskOperator(AmazonEcsRunTaskOperator):
    """Amazon's operator; its container finds PENSTOCK_JOIN_KEY, RUN_KEY and ATTEMPT in the environment, its task has a `penstock:join` tag.

    Values of RUN_KEY and ATTEMPT that the DAG sets itself stay. A role that may not tag tasks gets the environment and no tag.
    """

    _tag_added = False

    def pre_execute(self, context: Any) -> None:
        _never_fail(self, lambda: self._attach(join_key(context)))
        super().pre_execute(context)

    def _attach(self, key: JoinKey) -> None:
        overrides = with_environment(self.overrides, key, getattr(self, "container_name", None))
        if len(json.dumps(overrides)) > OVERRIDES_LENGTH:
            raise ValueError(f"the overrides would be longer than the {OVERRIDES_LENGTH} characters that ECS takes")
        self.overrides = overrides
        tags = dict(self.tags or {})
        if JOIN_TAG in tags or len(tags) < TAGS:
            self.tags = {**tags, JOIN_TAG: key.digest()}
            self._tag_added = True

    def _start_task(self, *args: Any, **kwargs: Any) -> Any:
        start: Any = super()._start_task
        try:
            return start(*args, **kwargs)
        except ClientError as error:
            if not (self._tag_added and _is_about_tags(error)):
                raise
            self.log.warning("ECS refused the %s tag, so the task starts without it; allow ecs:TagResource: %s", JOIN_TAG, error)
            self.tags = {name: value for name, value in (self.tags or {}).items() if name != JOIN_TAG} or None
            return start(*args, **kwargs)


class GlueJobOperator(AmazonGlueJobOperator):
    """Amazon's operator; its job run gets the arguments --PENSTOCK_JOIN_KEY, --RUN_KEY and --ATTEMPT.

    Values of --RUN_KEY and --ATTEMPT that the DAG sets itself stay. A script must tolerate arguments that it does not know, as
    getResolvedOptions does.
    """

    # Airflow 2.9's provider does not render them.
    template_fields = tuple(dict.fromkeys((*AmazonGlueJobOperator.template_fields, "run_job_kwargs")))

    def pre_execute(self, context: Any) -> None:
        _never_fail(self, lambda: self._attach(join_key(context)))
        super().pre_execute(context)

    def _attach(self, key: JoinKey) -> None:
        given = {name: text(value) for name, value in (self.script_args or {}).items()}
        self.script_args = {"--RUN_KEY": key.run_key(), "--ATTEMPT": str(key.try_number), **given, f"--{JOIN_KEY}": key.to_json()}


def with_environment(overrides: Mapping[str, Any] | None, key: JoinKey, container: str | None) -> dict[str, Any]:
    """A copy of RunTask's `overrides` with the key in the environment of `container`, or of every container that it names.

    Raises ValueError when no container is named: ECS has no override for a task as a whole.
    """
    result: dict[str, Any] = deepcopy(dict(overrides or {}))
    containers: list[dict[str, Any]] = result.setdefault("containerOverrides", [])
    if container and all(one.get("name") != container for one in containers):
        containers.append({"name": container})
    targets = [one for one in containers if one.get("name") and (not container or one["name"] == container)]
    if not targets:
        raise ValueError("no container is named: set container_name, or name one in containerOverrides")
    for target in targets:
        environment = {one["name"]: text(one["value"]) for one in target.get("environment") or []}
        environment = {"RUN_KEY": key.run_key(), "ATTEMPT": str(key.try_number), **environment, JOIN_KEY: key.to_json()}
        target["environment"] = [{"name": name, "value": value} for name, value in environment.items()]
    return result


def text(value: Any) -> str:
    """Text for ECS and Glue, which take nothing else. Native rendering turns "1" into 1 and a JSON text into a list or dict: turned back."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)


def _never_fail(operator: Any, attach: Callable[[], None]) -> None:
    try:
        attach()
    except Exception as error:
        operator.log.warning("Penstock's join key was not attached, the task runs without it: %s: %s", type(error).__name__, error)


def _is_about_tags(error: ClientError) -> bool:
    details = error.response.get("Error", {})
    return details.get("Code") in {"AccessDeniedException", "InvalidParameterException"} and "tag" in details.get("Message", "").lower()

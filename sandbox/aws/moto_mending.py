"""Mends what moto 5.2 answers differently from AWS and what a post-deployment check may ask for.

Each mending says what moto does, and what AWS does. They are installed once per process.
"""

import re
from collections.abc import Callable
from typing import Any, cast

from moto.awslambda.models import LambdaFunction
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.errors import COMMON_ERROR_CODES
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend, Service, Task
from moto.logs.exceptions import InvalidParameterException, LogsClientError
from moto.logs.models import LogGroup, LogQuery
from moto.moto_api import state_manager
from moto.sts.models import STSBackend

from sandbox.aws import cloudwatch_answers as answers
from sandbox.aws import log_search
from sandbox.aws.gate import COMMON_CODES, Gate, Refusal
from sandbox.aws.insights import run_query
from sandbox.aws.insights_filters import MalformedQueryError
from sandbox.aws.log_patterns import PatternError, parse_pattern
from sandbox.aws.present import present

Answer = tuple[int, Any, Any]
_CREDENTIAL = re.compile(r"Credential=([^/]*)/")


class Mending:
    """The present stand-in's gate, and those who want to know when a service is looked at."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.on_describe_services: Callable[[list[str]], None] = lambda _names: None


CURRENT = Mending()
_installed: list[bool] = []


def install() -> None:
    """Put every mending in place; a second call changes nothing."""
    if _installed:
        return
    _installed.append(True)
    _mend_entrance()
    _mend_ecs()
    _mend_logs()
    _mend_cloudwatch()
    _mend_lambda()


def _replace(owner: type, name: str, replacement: Callable[..., Any]) -> None:
    setattr(owner, name, replacement)


# --- entrance -------------------------------------------------------------------------------


class RefusedError(Exception):
    """A refusal in the form that moto's serializers turn into the protocol's own error."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.code = refusal.code
        self.message = refusal.message


def _mend_entrance() -> None:
    """Moto lets every access key in, whatever its age, and never throttles; AWS does neither.

    Moto names the caller `user/moto`; AWS names the assumed role.
    """
    let_in = BaseResponse.call_action

    def call_action(self: BaseResponse) -> Answer:
        CURRENT.gate.wait()
        refusal = CURRENT.gate.judge(_service(self), str(self._get_action()), _access_key(self))
        if refusal is None:
            return cast(Answer, let_in(self))
        _, headers, body = self.serialized(ActionResult(RefusedError(refusal)))
        return refusal.status, headers, body

    def get_caller_identity(_self: STSBackend, _key: str, _region: str) -> tuple[str, str, str]:
        account = CURRENT.gate.account
        return "AROASANDBOXREADER:post-deploy", present().reader_arn(account), account

    # Errors that every AWS service has are in no service's model, and moto would warn of each.
    COMMON_ERROR_CODES.extend(COMMON_CODES)
    _replace(BaseResponse, "call_action", call_action)
    _replace(BaseResponse, "get_current_account", lambda _self: CURRENT.gate.account)
    _replace(STSBackend, "get_caller_identity", get_caller_identity)


def _service(response: BaseResponse) -> str:
    return str(response.boto3_service_name)


def _access_key(response: BaseResponse) -> str | None:
    # Moto's own reading knows only keys of twenty capitals and digits.
    found = _CREDENTIAL.search(response.headers.get("Authorization", ""))
    return found[1] if found else None


# --- ECS ------------------------------------------------------------------------------------


def _mend_ecs() -> None:
    """Moto's ListTasks ignores serviceName and, with no desiredStatus, lists stopped tasks too.

    AWS filters by service and lists tasks whose desired status is RUNNING unless told otherwise.
    Moto also moves a running task towards STOPPED each time it is described; AWS does not.
    """
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": 10**9})
    describe = EC2ContainerServiceBackend.describe_services

    def list_tasks(
        self: EC2ContainerServiceBackend,
        cluster_str: str | None = None,
        container_instance: str | None = None,
        family: str | None = None,
        started_by: str | None = None,
        service_name: str | None = None,
        desired_status: str | None = None,
    ) -> list[Task]:
        cluster = self._get_cluster(cluster_str or "default")
        asked = {
            "container_instance_arn": container_instance,
            "started_by": started_by,
            "group": f"service:{service_name.split('/')[-1]}" if service_name else None,
            "desired_status": desired_status or "RUNNING",
        }
        tasks = self.tasks.get(cluster.name, {}).values()
        return [task for task in tasks if _is_asked_for(task, asked, family)]

    def describe_services(
        self: EC2ContainerServiceBackend, cluster_str: str, service_names_or_arns: list[str]
    ) -> tuple[list[Service], list[dict[str, str]]]:
        CURRENT.on_describe_services(service_names_or_arns)
        return describe(self, cluster_str, service_names_or_arns)

    _replace(EC2ContainerServiceBackend, "list_tasks", list_tasks)
    _replace(EC2ContainerServiceBackend, "describe_services", describe_services)


def _is_asked_for(task: Task, asked: dict[str, str | None], family: str | None) -> bool:
    if family and f"/{family}:" not in task.task_definition_arn:
        return False
    return all(value is None or getattr(task, name) == value for name, value in asked.items())


# --- CloudWatch Logs ------------------------------------------------------------------------


class QueryRefusedError(LogsClientError):
    """AWS's answer to an Insights query that it cannot read."""

    def __init__(self, message: str) -> None:
        super().__init__("MalformedQueryException", message)


def _mend_logs() -> None:
    """Moto's FilterLogEvents gives every event for ?A ?B, -term and %re%, and none for A -b.

    AWS evaluates those, refuses an unquoted term with punctuation, and gives pages that may be
    empty although a nextToken follows, for a call looks at a limited stretch of the log.
    Moto's Insights ignores filter, stats and limit, writes times as numbers and is done at
    once; AWS evaluates them, says Running, with partial or no results, before Complete, and how much
    it has read.
    """

    def filter_log_events(
        self: LogGroup,
        log_group_name: str,
        log_stream_names: list[str],
        start_time: int,
        end_time: int,
        limit: int | None,
        next_token: str | None,
        filter_pattern: str,
        interleaved: bool,
    ) -> tuple[list[dict[str, Any]], str | None, list[dict[str, Any]]]:
        del log_group_name, interleaved
        try:
            wanted = parse_pattern(filter_pattern)
            stretch = log_search.Stretch(start_time, end_time, limit or 10_000, next_token)
            return log_search.search(self, log_stream_names, wanted, stretch)
        except (PatternError, log_search.TokenError) as error:
            raise InvalidParameterException(msg=str(error)) from error

    def to_result_json(self: LogQuery) -> dict[str, Any]:
        if not getattr(self, "seen_running", False):
            self.seen_running = True  # type: ignore[attr-defined]
            return {"results": [], "status": "Running"}
        rows, statistics = self.results, getattr(self, "statistics")  # noqa: B009 - set below
        fields = [[{"field": k, "value": v} for k, v in row.items()] for row in rows]
        return {"results": fields, "status": self.status, "statistics": statistics}

    _replace(LogGroup, "filter_log_events", filter_log_events)
    _replace(LogQuery, "__init__", _started_query)
    _replace(LogQuery, "to_result_json", to_result_json)


def _started_query(
    self: LogQuery,
    query_id: str,
    start_time: int,
    end_time: int,
    query: str,
    log_groups: list[LogGroup],
) -> None:
    self.query_id, self.query = query_id, query
    self.start_time, self.end_time = start_time, end_time
    self.log_group_names = [group.name for group in log_groups]
    self.create_time = utcnow()
    self.status = "Complete"
    try:
        sources = [
            source
            for group in log_groups
            for source in log_search.sources(group, start_time, end_time)
        ]
        answer = run_query(query, sources)
    except MalformedQueryError as error:
        raise QueryRefusedError(str(error)) from error
    read = answer.statistics
    self.results = answer.rows
    self.statistics = {  # type: ignore[attr-defined]
        "recordsMatched": float(read.matched),
        "recordsScanned": float(read.scanned),
        "bytesScanned": float(read.scanned_bytes),
    }


# --- CloudWatch metrics and alarms ----------------------------------------------------------


def _mend_cloudwatch() -> None:
    """Moto's GetMetricData fails on percentiles, and answers metric math with an empty series.

    It ignores the namespace once dimensions are given, and matches any dimensions when none
    are; AWS matches both exactly, and starts periods at multiples of their length.
    Moto's GetMetricStatistics leaves ExtendedStatistics out and sorts the datapoints; AWS
    promises no order. DescribeAlarms in moto uses the first filter only; AWS uses all.
    ListMetrics in moto names a metric without dimensions once for each datapoint; AWS once.
    """

    _replace(CloudWatchBackend, "get_metric_data", answers.get_metric_data)
    _replace(CloudWatchBackend, "get_filtered_metrics", answers.get_filtered_metrics)
    _replace(CloudWatchResponse, "get_metric_statistics", answers.get_metric_statistics)
    _replace(CloudWatchResponse, "describe_alarms", answers.describe_alarms)


# --- Lambda ---------------------------------------------------------------------------------


def _mend_lambda() -> None:
    """Moto's GetFunctionConfiguration never says why a function is not Active; AWS does."""
    configuration = LambdaFunction.get_configuration

    def get_configuration(self: LambdaFunction, *args: Any, **more: Any) -> dict[str, Any]:
        answer = configuration(self, *args, **more)
        answer.setdefault("LastUpdateStatus", "Successful")
        return answer | cast(dict[str, Any], getattr(self, "state_reasons", {}))

    _replace(LambdaFunction, "get_configuration", get_configuration)

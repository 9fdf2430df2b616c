"""Imports moto's EC2, which the stand-in does not use but ECS and RDS pull in, without its catalogues.

They cost a third of the time that the sandbox takes to start: every region is looked up from
files several times, and every instance type that AWS has is read.
"""

import functools
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import boto3
from moto.utilities import utils

_load = utils.load_resource
_look_up = boto3.Session.get_available_regions
_one_session = boto3.Session()


@functools.cache
def _regions(service: str, partition: str, also_others: bool) -> tuple[str, ...]:
    return tuple(_look_up(_one_session, service, partition, also_others))


def _regions_looked_up_once(
    _session: boto3.Session,
    service_name: str,
    partition_name: str = "aws",
    allow_non_regional: bool = False,
) -> list[str]:
    return list(_regions(service_name, partition_name, allow_non_regional))


def _load_all_but_instance_types(resource: str) -> Any:
    return {} if "instance_type" in str(resource) else _load(resource)


@contextmanager
def _lean() -> Iterator[None]:
    regions = mock.patch.object(boto3.Session, "get_available_regions", _regions_looked_up_once)
    types = mock.patch.object(utils, "load_resource", _load_all_but_instance_types)
    with regions, types:
        yield


with _lean():
    for _name in ("ec2", "ecs", "logs", "cloudwatch", "sqs", "sns", "rds", "awslambda", "sts"):
        importlib.import_module(f"moto.{_name}.models")

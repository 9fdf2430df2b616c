"""Account and region are compared before anything is sent to the product."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from selftests.plugin.project import Project

Make = Callable[..., Project]
_AWS = """
[environments.sandbox.aws]
account = "123456789012"
region = "us-east-2"
endpoint_url = "@api@/aws"
"""


@pytest.fixture
def project(make: Make) -> Project:
    """A project whose target file declares an account."""
    made = make()
    target = made.root / "targets" / "demo.toml"
    api = target.read_text().split('api = "')[1].split('"')[0]
    target.write_text(target.read_text() + _AWS.replace("@api@", api))
    made.environment |= {"AWS_ACCESS_KEY_ID": "AKIADEMO", "AWS_SECRET_ACCESS_KEY": "demo-secret"}
    return made


@pytest.mark.parametrize("workers", ["0", "2"])
def test_another_account_is_blocked_and_the_product_hears_nothing(
    project: Project, workers: str
) -> None:
    project.product.account = "999999999999"
    done = project.run("-n", workers)
    assert done.code == 30
    assert set(done.outcomes.values()) <= {"blocked", "not applicable"}
    assert project.product.requests == []
    because = done.record["decision"]["because"]
    assert "999999999999" in because
    assert "declares 123456789012" in because
    assert "Nothing was sent to Demo" in because


def test_a_login_for_another_region_is_blocked_and_the_product_hears_nothing(
    project: Project,
) -> None:
    project.environment["AWS_DEFAULT_REGION"] = "us-east-1"
    done = project.run()
    assert done.code == 30
    assert project.product.requests == []
    because = done.record["decision"]["because"]
    assert "set up for region us-east-1" in because
    assert "AWS_DEFAULT_REGION=us-east-2" in because


@pytest.mark.parametrize("region", ["", "us-east-2"])
def test_the_right_account_goes_on(project: Project, region: str) -> None:
    if region:
        project.environment["AWS_DEFAULT_REGION"] = region
    done = project.run()
    assert done.code == 0
    assert project.product.requests

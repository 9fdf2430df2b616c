"""Faults that show in the log groups."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from sandbox.aws import backends, incidents
from sandbox.clock import CLOCK
from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World

_RUBY_TRACE = """ActionView::Template::Error (undefined method 'limit' for nil):
  app/models/policy.rb:84:in 'coverage_limit'
  app/controllers/api/v1/documents_controller.rb:31:in 'show'"""
_NODE_TRACE = """TypeError: Cannot read properties of undefined (reading 'sections')
    at ReportPage (/app/.next/server/pages/reports/[id].js:212:31)
    at renderWithHooks (/app/node_modules/react-dom/server.js:5661:16)"""
_JOB_TRACE = """ReportJob failed: ActiveRecord::ConnectionTimeoutError
  app/jobs/report_job.rb:27:in 'perform'
  vendor/bundle/ruby/3.4.0/gems/sidekiq-7.3.9/lib/sidekiq/processor.rb:206:in 'execute_job'"""
_SIDEKIQ_WARNING = """NoMethodError: undefined method 'limit' for nil
  app/models/policy.rb:84:in 'coverage_limit'
  app/jobs/report_job.rb:31:in 'perform'"""
_PLAIN_TRACE = """app/models/policy.rb:84:in 'coverage_limit': undefined method 'limit' for nil (NoMethodError)
\tfrom app/jobs/report_job.rb:31:in 'perform'"""
_NGINX = (
    "2026/11/21 10:00:00 [error] 29#29: *1 connect() failed (111: Connection refused) "
    "while connecting to upstream, client: 10.0.4.17, server: _"
)


class ApiLogErrors(Fault):
    id: ClassVar[str] = "aws.log-api-errors"
    title: ClassVar[str] = "The api log holds an error with a stack trace"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.log("api", "error", _RUBY_TRACE)


class WebLogErrors(Fault):
    id: ClassVar[str] = "aws.log-web-errors"
    title: ClassVar[str] = "The web log holds an error with a stack trace"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.log("web", "error", _NODE_TRACE)


class SidekiqLogErrors(Fault):
    id: ClassVar[str] = "aws.log-sidekiq-errors"
    title: ClassVar[str] = "The sidekiq log holds an error with a stack trace"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.log("sidekiq", "error", _JOB_TRACE)


class LlmLogErrors(Fault):
    id: ClassVar[str] = "aws.log-llm-errors"
    title: ClassVar[str] = "The LLM log holds errors of the model provider"

    def apply(self, world: World) -> None:
        """Break it."""
        for _ in range(3):
            world.aws.log("llm", "error", "model provider returned 529: overloaded_error")


class ApiLogEmpty(Fault):
    id: ClassVar[str] = "aws.log-api-empty"
    title: ClassVar[str] = "The api log group has no events and gets none"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.logs.silence("api")


class SidekiqLogMissing(Fault):
    id: ClassVar[str] = "aws.log-sidekiq-missing"
    title: ClassVar[str] = "The sidekiq log group does not exist"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        del backends.logs().groups["ecs/blue/sandbox/sidekiq"]


class WebBareTrace(Fault):
    id: ClassVar[str] = "aws.log-web-trace-without-level"
    title: ClassVar[str] = "The web log holds a stack trace that no line calls an error"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.logs.write_raw("web", _NODE_TRACE, CLOCK.now())


class ApiRubyTrace(Fault):
    id: ClassVar[str] = "aws.log-api-trace-without-level"
    title: ClassVar[str] = "The api log holds a stack trace that no line calls an error"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.logs.write_raw("api", _RUBY_TRACE, CLOCK.now())


class SidekiqEarlyError(Fault):
    id: ClassVar[str] = "aws.log-sidekiq-error-before-the-run"
    title: ClassVar[str] = (
        "The sidekiq log holds an error of three minutes ago, after the deployment"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.logs.write("sidekiq", "error", _JOB_TRACE, timedelta(minutes=3))


class ApiOldError(Fault):
    id: ClassVar[str] = "aws.log-api-error-before-the-deployment"
    title: ClassVar[str] = "The api log holds an error of the release before, an hour old"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.logs.write("api", "error", _RUBY_TRACE, timedelta(hours=1))


class LlmRateLimit(Fault):
    id: ClassVar[str] = "aws.log-llm-rate-limit"
    title: ClassVar[str] = "The LLM log tells of the provider's rate limit, as a warning"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.log("llm", "warn", "model provider returned 429: rate limit exceeded")


class SidekiqTraceAsWarning(Fault):
    id: ClassVar[str] = "aws.log-sidekiq-trace-as-warning"
    title: ClassVar[str] = (
        "The sidekiq log holds the stack trace of a job, as a warning, as Sidekiq tells it"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.log("sidekiq", "warn", _SIDEKIQ_WARNING)


class ApiErrorInJson(Fault):
    id: ClassVar[str] = "aws.log-api-error-in-json"
    title: ClassVar[str] = "The api log tells an error in JSON, its level in small letters"

    def apply(self, world: World) -> None:
        """Break it."""
        said = '{"level":"error","message":"cannot write to the bucket","request_id":"6f1d2c"}'
        world.aws.logs.write_raw("api", said, CLOCK.now())


class LlmProviderUnavailable(Fault):
    id: ClassVar[str] = "aws.log-llm-provider-unavailable"
    title: ClassVar[str] = "The LLM log tells that the model provider was unavailable, as a warning"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.log("llm", "warn", "attempt 1 of 3: 503 Service Unavailable from the provider")


class LlmLogStopped(Fault):
    id: ClassVar[str] = "aws.log-llm-stopped"
    title: ClassVar[str] = "The LLM log holds lines of before the run and gets none any more"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.logs.stop("llm")


class ApiErrorDatedAhead(Fault):
    id: ClassVar[str] = "aws.log-api-error-dated-ahead"
    title: ClassVar[str] = "The api log holds an error that a host has dated whose clock is ahead"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.logs.write("api", "error", _RUBY_TRACE, timedelta(seconds=-40))


class ApiCritical(Fault):
    id: ClassVar[str] = "aws.log-api-critical"
    title: ClassVar[str] = "The api log holds a line of the level above error"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.log("api", "critical", "cannot reach the primary database")


class ApiSeverityInJson(Fault):
    id: ClassVar[str] = "aws.log-api-severity-in-json"
    title: ClassVar[str] = "The api log tells an error in JSON, which calls its level a severity"

    def apply(self, world: World) -> None:
        """Break it."""
        said = '{"severity": "error", "message": "cannot write to the bucket"}'
        world.aws.logs.write_raw("api", said, CLOCK.now())


class SidekiqPlainTrace(Fault):
    id: ClassVar[str] = "aws.log-sidekiq-plain-trace"
    title: ClassVar[str] = "The sidekiq log holds a stack trace as Ruby itself writes it"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.logs.write_raw("sidekiq", _PLAIN_TRACE, CLOCK.now())


class WebProxyError(Fault):
    id: ClassVar[str] = "aws.log-web-error-of-its-proxy"
    title: ClassVar[str] = "The web log holds an error of nginx, which writes its level small"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.logs.write_raw("web", _NGINX, CLOCK.now())


class LlmKeyRefused(Fault):
    id: ClassVar[str] = "aws.log-llm-key-refused"
    title: ClassVar[str] = "The LLM log tells, as a warning, that the provider refuses the key"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.log("llm", "warn", "model provider returned 401: invalid_api_key")


class LlmProviderFails(Fault):
    id: ClassVar[str] = "aws.log-llm-provider-fails"
    title: ClassVar[str] = "The LLM log tells, as a warning, that the provider's own server fails"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.log("llm", "warn", "provider answered: internal server error, retrying")


class LlmQuotaExceeded(Fault):
    id: ClassVar[str] = "aws.log-llm-quota-exceeded"
    title: ClassVar[str] = "The LLM log tells, as a warning, that the provider's quota is used up"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.log("llm", "warn", "fell back to the short model: quota exceeded")


class ApiErrorBeforeOthers(Fault):
    id: ClassVar[str] = "aws.log-api-error-before-sidekiq-was-redeployed"
    title: ClassVar[str] = (
        "The api log holds an error of three minutes ago; sidekiq was deployed anew since"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        incidents.deploy_again("sidekiq")
        world.aws.logs.write("api", "error", _RUBY_TRACE, timedelta(minutes=3))

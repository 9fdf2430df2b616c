"""HTTP as a probe sees it: answers are observations, and only the absence of one is an error."""

from __future__ import annotations

import contextlib
import shlex
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import httpx

from postdeploy.errors import NotSeen, ProbeError, Unreachable
from postdeploy.gateway import PAUSES, is_gateways
from postdeploy.plain import one_line
from postdeploy.probes.course import Course
from postdeploy.probes.measured import BODY_BYTES, Measure
from postdeploy.probes.proxy import ProxyTrouble
from postdeploy.waiting import quiet


class NoAnswer(NotSeen):
    """The host took the connection and did not answer in time: seen, and wrong."""


@dataclass(frozen=True)
class Exchange:
    """One request and how it ended; `status` is None when no answer came."""

    method: str
    url: str
    status: int | None
    seconds: float
    timed_out: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    gateway: bool = False
    """A load balancer gave the answer, in the product's place."""
    asked_again: bool = False

    def curl(self) -> str:
        """A command line that repeats the request, without cookies and authorization."""
        # Plain before it is quoted: what a page takes out later might be half of a quotation mark.
        kept = [f"-H {shlex.quote(one_line(f'{k}: {v}'))}" for k, v in self.headers.items()]
        return " ".join(["curl", "-i", "-X", self.method, *kept, shlex.quote(one_line(self.url))])


_HIDDEN = {"cookie", "authorization", "x-postmark-server-token", "x-typesense-api-key"}
_REPEATABLE = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}
"""Idempotent by RFC 9110, 9.2.2: sent twice they do what they do once."""
_DULL = {"host", "accept", "accept-encoding", "connection", "user-agent", "content-length"}


class ObservingTransport(httpx.AsyncBaseTransport):
    """Notes every exchange, bounds it, and turns transport errors into the two kinds that checks know.

    The read time-out of a request is how long its whole exchange may take, to the last byte of the answer:
    a server that sends a byte a second is as silent as one that sends none. The body of an answer may
    have `body_bytes`, before and after it is unpacked.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        note: Callable[[Exchange], None],
        body_bytes: int = BODY_BYTES,
    ) -> None:
        self._inner = inner
        self._note = note
        self._body_bytes = body_bytes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, and again where a gateway answered and the method may be repeated.

        Raises NoAnswer (silence), Unreachable, Unreadable, or ProbeError, and so does reading the body of
        the answer.
        """
        for pause in _pauses(request.method):
            course = Course(request)
            response = await self._send(request, course)
            started = course.began
            if not (gateways := by_gateway(response)) or pause is None:
                break
            self._note(_exchange(request, response.status_code, started, gateway=True, again=True))
            await response.aclose()
            await quiet(pause)
        self._note(_exchange(request, response.status_code, started, gateway=gateways))
        if isinstance(response.stream, httpx.AsyncByteStream):
            what = f"{request.method} {request.url}"
            encoding = response.headers.get("content-encoding", "")
            measure = Measure(what, encoding, self._body_bytes)
            response.stream = _Body(response.stream, course, measure, self._told)
        return response

    async def _send(self, request: httpx.Request, course: Course) -> httpx.Response:
        with self._told(course):
            async with course.limit():
                return await self._inner.handle_async_request(request)

    @contextlib.contextmanager
    def _told(self, course: Course) -> Iterator[None]:
        request = course.request
        try:
            yield
        except httpx.PoolTimeout as error:
            raise ProbeError(f"too many requests at once to {request.url.host}") from error
        except (httpx.ReadTimeout, httpx.WriteTimeout, TimeoutError):
            if proxy := course.short_of_host():
                what = f"does not answer (nothing within {course.seconds:g} s)"
                raise ProxyTrouble(proxy, what) from None
            self._note(_exchange(request, None, course.began, timed_out=True))
            raise NoAnswer(f"{request.method} {request.url} {course.missed()}") from None
        except httpx.TransportError as error:
            timed_out = isinstance(error, httpx.TimeoutException)
            self._note(_exchange(request, None, course.began, timed_out=timed_out))
            if timed_out and course.connected:
                raise NoAnswer(f"{request.method} {request.url} {course.missed()}") from None
            raise Unreachable(str(request.url), _reason(error, course)) from error

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of an answer: measured, and read within the time that its exchange has left."""

    def __init__(
        self,
        inner: httpx.AsyncByteStream,
        course: Course,
        measure: Measure,
        told: Callable[[Course], contextlib.AbstractContextManager[None]],
    ) -> None:
        self._inner = inner
        self._course = course
        self._measure = measure
        self._told = told

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._inner)
        while True:
            with self._told(self._course):
                # Not around the loop: between two chunks it is the reader who takes the time.
                async with self._course.limit():
                    chunk = await anext(chunks, None)
            if chunk is None:
                return
            self._course.received(len(chunk))
            self._measure.add(chunk)
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _reason(error: httpx.TransportError, course: Course) -> str:
    text = str(error) or f"nothing within {course.seconds:g} s"
    return f"{type(error).__name__}: {text}"


def _pauses(method: str) -> tuple[float | None, ...]:
    """What to wait before each repetition; None: there is none after this one."""
    return (*PAUSES, None) if method in _REPEATABLE else (None,)


def by_gateway(response: httpx.Response) -> bool:
    """Whether a load balancer gave the answer, in the product's place."""
    return is_gateways(response.status_code, response.headers.get("content-type", ""))


def _exchange(
    request: httpx.Request,
    status: int | None,
    started: float,
    *,
    timed_out: bool = False,
    gateway: bool = False,
    again: bool = False,
) -> Exchange:
    shown = {k: v for k, v in request.headers.items() if k not in _HIDDEN | _DULL}
    seconds = time.monotonic() - started
    url = str(request.url)
    return Exchange(request.method, url, status, seconds, timed_out, shown, gateway, again)


async def online(client: httpx.AsyncClient, control: Iterable[str]) -> bool | None:
    """Whether any control address answers (with whatever status); None when none is declared."""
    declared = False
    for url in control:
        declared = True
        try:
            await client.get(url, timeout=5)
        except (ProbeError, AssertionError):  # nobody there, silence, more than can be read
            continue
        return True
    return False if declared else None

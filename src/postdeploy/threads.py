"""Threads for calls that nobody can cancel: they keep neither the run nor the process from ending."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import queue
import socket
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")
_Work = Callable[[], None]


class DaemonThreads(Executor):
    """At most `most` threads, which end with the process whatever they wait for.

    Those of the standard library's pool are waited for when the process ends: a call that hangs in
    one would keep a finished run from handing over its exit code.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._started = 0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have `fn` called by the next free thread."""
        future: Future[T] = Future()
        self._work.put(functools.partial(_fulfil, future, functools.partial(fn, *args, **kwargs)))
        with self._lock:
            if not self._idle.acquire(blocking=False) and self._started < self._most:
                self._started += 1
                name = f"{self._name}-{self._started}"
                threading.Thread(target=self._serve, name=name, daemon=True).start()
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:
        """Begin nothing more; nobody waits for what has begun."""
        del wait, cancel_futures
        with contextlib.suppress(queue.Empty):
            while True:
                self._work.get_nowait()
        for _ in range(self._started):
            self._work.put(None)

    def _serve(self) -> None:
        while True:
            work = self._work.get()
            if work is None:
                return
            work()
            self._idle.release()


def _fulfil(future: Future[T], call: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)


if sys.platform == "win32":
    _Loop = asyncio.ProactorEventLoop
else:
    _Loop = asyncio.SelectorEventLoop


class ChecksLoop(_Loop):
    """An event loop whose look-ups of names hang in threads that nobody waits for."""

    def __init__(self) -> None:
        super().__init__()
        self._resolvers = DaemonThreads(16, "names")

    async def getaddrinfo(self, *args: Any, **kwargs: Any) -> Any:
        """As in the standard library, but for the threads."""
        call = functools.partial(socket.getaddrinfo, *args, **kwargs)
        return await self.run_in_executor(self._resolvers, call)

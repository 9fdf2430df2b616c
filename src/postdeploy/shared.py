"""Things that several flows need, made once per process and awaited by all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from postdeploy.errors import ENDINGS, ProbeError, is_crash

if TYPE_CHECKING:
    from postdeploy.flow import Flow

T = TypeVar("T")
_TRIES = 3
"""How often a thing is made when each time a load balancer answered in the product's place."""


@dataclass(frozen=True)
class Shared(Generic[T]):
    """A recipe: `name` is its identity and reads well in "needs <name>"; `make` is called at most once."""

    name: str
    make: Callable[[Flow], Awaitable[T]]
    writes: tuple[str, ...] = ()
    """Kinds of writes by which it is made; checks that ask for it declare them, too."""


class NotMade(ProbeError):
    """A shared thing could not be made, so that what needs it could not be observed."""


class Workshop:
    """Makes shared things, each once; a failure is kept and told to all who ask."""

    def __init__(self, maker: Callable[[str, tuple[str, ...]], Flow]) -> None:
        self._maker = maker
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    async def get(self, shared: Shared[T]) -> T:
        """The shared thing, made now if nobody asked before. Raises NotMade naming what went wrong."""
        task = self._tasks.get(shared.name)
        if task is None:
            task = asyncio.ensure_future(self._make(shared))
            self._tasks[shared.name] = task
        # One flow's deadline must not cancel what the others wait for.
        made: T = await asyncio.shield(task)
        return made

    def stop(self) -> list[asyncio.Task[Any]]:
        """Cancel what is still being made; returns it, to be waited for."""
        making = [task for task in self._tasks.values() if not task.done()]
        for task in making:
            task.cancel()
        return making

    async def _make(self, shared: Shared[T]) -> T:
        for _ in range(_TRIES - 1):
            flow = self._maker(shared.name, shared.writes)
            try:
                return await self._make_once(shared, flow)
            except NotMade as error:
                if not flow.gateway.answers:
                    raise
                flow.run.warn(f"{error}; {flow.gateway.answers[-1]}, and it is made again")
        return await self._make_once(shared, self._maker(shared.name, shared.writes))

    async def _make_once(self, shared: Shared[T], flow: Flow) -> T:
        try:
            made = await shared.make(flow)
            _require_nothing_refused(flow)
        except asyncio.CancelledError:
            if not flow.outlived_browser():
                raise
            self._tasks.pop(shared.name, None)
            raise NotMade(f"needs {shared.name}: the browser went away") from None
        except ENDINGS:
            raise
        except BaseException as error:
            self._forget_crashed(shared.name, flow, error)
            told = _not_made(shared.name, flow, error)
            if told is error:
                raise
            raise told from error
        else:
            return made
        finally:
            for repeat in flow.gateway.untold():
                flow.run.warn(f"{shared.name}: {repeat}")
            await flow.close()

    def _forget_crashed(self, name: str, flow: Flow, error: BaseException) -> None:
        """Made in a browser that died: whoever asks next has it made in the new one."""
        if is_crash(error) or flow.run.browser.crashes > flow.crashes_before:
            self._tasks.pop(name, None)


def _require_nothing_refused(flow: Flow) -> None:
    """Whatever a maker went on over: what was made with a part of it not sent is something else."""
    if flow.permit.refusals:
        raise flow.permit.refusals[0]


def _not_made(name: str, flow: Flow, error: BaseException) -> ProbeError:
    if flow.permit.refusals:
        first = flow.permit.refusals[0]
        return NotMade(f"needs {name}: {first.what}", mend=first.mend)
    if isinstance(error, ProbeError):
        return error
    sentence = str(error).strip().splitlines() or [type(error).__name__]
    return NotMade(f"needs {name}, which could not be made: {sentence[0]}")

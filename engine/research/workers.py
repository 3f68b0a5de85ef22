"""Who works on research: processes of this machine, or a Dask cluster by its address."""

from __future__ import annotations

import asyncio
import importlib
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import wait
from multiprocessing.synchronize import Event
from typing import Any, ParamSpec, TypeVar

from engine.errors import ConfigError
from engine.research.sweep import Workers

CONNECT_S = 15.0
NICER = 10
"""Workers compute for seconds; taps and kills come first."""

INSTALL = "Install the extra: pip install 'cerbero-bite[cluster]'."

P = ParamSpec("P")
T = TypeVar("T")


class NoWorkers(Exception):
    """The scheduler is there and has nobody to work for it."""


@contextmanager
def process_pool(count: int | None = None) -> Iterator[Workers]:
    """So many processes of this machine, one for each processor when nobody says."""
    wanted = processors() if count is None else count
    # Forked processes would inherit locks of threads that do not exist in them.
    context = multiprocessing.get_context("spawn")
    over = context.Event()
    with ProcessPoolExecutor(wanted, mp_context=context, initializer=_begin_worker, initargs=(over,)) as executor:
        yield Workers(executor=executor, count=wanted, require_alive=_always, told="a worker process", end=over.set)


async def in_own_process(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` returned or raised in another process: nothing here waits while it computes or compiles, and cancelled it is gone at once."""
    with ExitStack() as pool:
        workers = pool.enter_context(process_pool(1))
        others = multiprocessing.active_children()
        working = workers.executor.submit(work, *args, **kwargs)
        started = [process for process in multiprocessing.active_children() if process not in others]
        try:
            return await asyncio.wrap_future(working)
        finally:
            if not working.done() or working.cancelled():
                # Not asked to go: one that is still loading what it needs would hear of it only afterwards.
                for process in started:
                    process.kill()
            await asyncio.to_thread(pool.close)


@contextmanager
def cluster(address: str, *, connect_s: float = CONNECT_S) -> Iterator[Workers]:
    """The workers of the Dask scheduler at `address`, waited for so long. Raises ConfigError when it cannot be used."""
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError as error:
        raise ConfigError("a cluster needs a package that is not installed", fix=INSTALL, key="--scheduler") from error
    try:
        # A client that reached nobody waits half a minute when it is thrown away, and then says so in a traceback.
        asyncio.run(_reach(distributed, address, connect_s))
        client = distributed.Client(address, timeout=connect_s, set_as_default=False)
    except (OSError, ValueError, TypeError, MemoryError) as error:
        raise ConfigError(f"no Dask scheduler answers at {address}", fix="Start one with `dask scheduler`, or check the address.", key="--scheduler") from error
    with _lost_connections_untold(distributed.comm.CommClosedError):
        try:
            yield _workers_of(client, address)
        finally:
            client.close(timeout=1)


async def _reach(distributed: Any, address: str, connect_s: float) -> None:
    """Somebody who speaks the library's language answers at the address. Raises what the library raises where nobody does."""
    comm = await distributed.comm.connect(address, timeout=connect_s, **distributed.Security().get_connection_args("client"))
    await comm.close()


def processors() -> int:
    """As many as there are to use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _workers_of(client: Any, address: str) -> Workers:
    count = sum(client.nthreads().values())
    if count == 0:
        raise ConfigError(f"the scheduler at {address} has no workers", fix="Start some with `dask worker`.", key="--scheduler")

    def require_alive() -> None:
        if not client.nthreads():
            raise NoWorkers(address)

    return Workers(executor=client.get_executor(pure=False), count=count, require_alive=require_alive, told=f"the cluster at {address}")


def _begin_worker(over: Event) -> None:
    """A worker leaves interrupts and the processors to whoever asked for the work, and ends when that is over or when that program is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICER)
    waits: list[Callable[[], object]] = [over.wait]
    parent = multiprocessing.parent_process()
    if parent is not None:
        sentinel = parent.sentinel
        waits.append(lambda: wait([sentinel]))
    for each in waits:
        threading.Thread(target=_end_after, args=(each,), daemon=True).start()


def _end_after(wait_until: Callable[[], object]) -> None:
    wait_until()
    os._exit(1)


@contextmanager
def _lost_connections_untold(kind: type[Exception]) -> Iterator[None]:
    """The library logs a lost connection as an error without words; whoever loses the cluster says it in a sentence. Everything else it logs is heard."""

    def is_news(record: logging.LogRecord) -> bool:
        return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError | kind)

    # A filter hears only what is logged by its own name, not by those below it.
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]
    for each in loggers:
        each.addFilter(is_news)
    try:
        yield
    finally:
        for each in loggers:
            each.removeFilter(is_news)


def _always() -> None:
    """A broken pool says so by itself."""

"""A place for many calls: this process, workers that are started here, or a Dask cluster that is there already."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from .._version import __version__
from ..basics.arguments import check_count
from ..errors import ArgumentError, ArgumentTypeError, DependencyError, FramechainError, reason
from .dask_runner import DaskRunner
from .runners import LocalRunner, Runner

_SECONDS_TO_CONNECT = 10
_SECONDS_FOR_A_WORKER = 30
# So many workers die at an item before it is given up.
_TRIES = 3


@contextlib.contextmanager
def connect(*, workers: int | None = None, cluster: str | None = None, client: Any = None) -> Iterator[Runner]:
    """Make a context in which there is a place for many calls.

    Args:
        workers: How many processes are started on this machine, and ended with the context.
        cluster: The address of a Dask scheduler, such as "tcp://10.0.0.7:8786".
        client: A `distributed.Client` of the caller's, which stays open. Without these three: this process.

    Yields:
        What makes the calls.

    Raises:
        ArgumentError: If more than one is given.
        DependencyError: If Dask is not installed.
        FramechainError: If there is no such cluster, it has no worker, or its versions are not those of this process.
    """
    given = [name for name, value in (("workers", workers), ("cluster", cluster), ("client", client)) if value]
    if len(given) > 1:
        raise ArgumentError(f"{' and '.join(given)} are different places for the work: give one of them")
    if workers is not None:
        check_count("workers", workers, 1)
    if not given:
        yield LocalRunner()
        return
    distributed = _import_distributed(given[0])
    if client is not None and (not isinstance(client, distributed.Client) or client.asynchronous):
        raise ArgumentTypeError(f"client must be a distributed.Client that is not asynchronous, got {client!r:.80}")
    with contextlib.ExitStack() as stack:
        if workers is not None:
            client = stack.enter_context(_start_workers(distributed, workers))
        elif cluster is not None:
            client = stack.enter_context(_open_client(distributed, cluster))
        if workers is None:
            _check_cluster(client, cluster or client.scheduler.address)
        yield DaskRunner(client)


def _import_distributed(argument: str) -> Any:
    try:
        import distributed
    except ImportError as error:
        raise DependencyError(
            f"{argument} needs Dask, which cannot be imported ({error}): pip install 'framechain[cluster]', or pip "
            "install 'dask[distributed]'; without it, files are processed one after the other"
        ) from error
    return distributed


@contextlib.contextmanager
def _start_workers(distributed: Any, count: int) -> Iterator[Any]:
    import dask

    if multiprocessing.current_process().name != "MainProcess" and "__mp_main__" in sys.modules:
        raise FramechainError(
            "workers import the program that started them, which starts workers itself: put that into a block "
            'if __name__ == "__main__":'
        )
    usual = {
        "distributed.scheduler.allowed-failures": _TRIES - 1,
        # Objects that hold the GIL for minutes are not dead: a process that is dead is noticed without a time limit.
        "distributed.scheduler.worker-ttl": None,
        # Frames are large: with Dask's setting their memory would go back to the system each time.
        "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
        # A worker that Dask pauses while it has much memory may never go on: its memory is its files', not Dask's.
        "distributed.worker.memory.pause": False,
        # Messages on the screen are those of the batch.
        "distributed.admin.tick.limit": "1h",
    }
    with dask.config.set(usual), _keep_log_quiet():
        try:
            cluster = distributed.LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
        except (OSError, RuntimeError, TimeoutError) as error:
            raise FramechainError(f"{count} workers cannot be started: {reason(error)}") from error
        with cluster, distributed.Client(cluster, set_as_default=False) as client:
            client.register_plugin(_make_plugin(distributed))
            yield client


def _make_plugin(distributed: Any) -> Any:
    """Return what prepares each worker that is started here, also one that takes the place of a dead one."""

    class Preparation(distributed.WorkerPlugin):  # type: ignore[misc]
        name = "framechain"

        def setup(self, worker: Any) -> None:
            """Leave Ctrl-C, which a terminal sends to all processes, to the program; load what each file needs."""
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, signal.SIG_IGN)
            import framechain  # noqa: F401

    return Preparation()


@contextlib.contextmanager
def _open_client(distributed: Any, address: str) -> Iterator[Any]:
    with _keep_log_quiet():
        try:
            client = distributed.Client(address, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise FramechainError(
                f"no Dask scheduler answers at {address}: check the address, which is such as tcp://10.0.0.7:8786, or "
                "start one there with: dask scheduler"
            ) from error
        with client:
            yield client


@contextlib.contextmanager
def _keep_log_quiet() -> Iterator[None]:
    """Make a context without lines of Dask's log on the screen: what is wrong is said in one sentence."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    levels = {log: log.level for log in map(logging.getLogger, names)}
    for log in levels:
        log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for log, level in levels.items():
            log.setLevel(level)


def _check_cluster(client: Any, address: str) -> None:
    """Refuse a cluster that cannot do the work.

    Raises:
        FramechainError: If it cannot; the message says which versions differ.
    """
    try:
        client.wait_for_workers(1, timeout=_SECONDS_FOR_A_WORKER)
    except TimeoutError:
        raise FramechainError(
            f"the cluster {address} has no worker: start some with: dask worker {address} --nthreads 1"
        ) from None
    versions = client.get_versions()
    own = versions["client"]["packages"]
    for where, found in {"the scheduler": versions["scheduler"], **versions["workers"]}.items():
        packages = found["packages"] or {}
        for package in ("python", "distributed", "dask"):
            theirs, ours = (_shorten(package, known.get(package)) for known in (packages, own))
            if theirs != ours:
                who = where if where == "the scheduler" else f"the worker {where}"
                raise FramechainError(
                    f"{who} has {package} {theirs or 'not at all'}, and this program {ours}: install the same "
                    "versions everywhere"
                )
    for worker, version in client.run(_make_probe()).items():
        if version != __version__:
            has = f"framechain {version}" if version else "no framechain"
            raise FramechainError(
                f"the worker {worker} has {has}, and this program {__version__}: run there: pip install "
                f"framechain=={__version__}"
            )


def _shorten(package: str, version: str | None) -> str | None:
    """Return the part of a version that must be the same."""
    return ".".join(version.split(".")[:2]) if package == "python" and version else version


def _make_probe() -> Callable[[], str | None]:
    """Return a function that says which framechain there is; it is sent whole, as a worker may have none."""

    def find_version() -> str | None:
        try:
            from framechain._version import __version__ as version
        except ImportError:
            return None
        return str(version)

    return find_version

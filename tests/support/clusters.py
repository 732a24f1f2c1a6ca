"""Real Dask clusters on the loopback address, their scheduler and workers as processes, and an S3 beside them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from support.patience import PATIENCE, eventually

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"


class Cluster:
    """A scheduler and its workers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = (folder / "cluster.log").open("ab")
        self.processes: list[subprocess.Popen[bytes]] = []
        self.address = ""

    def _start(self, *arguments: str, path: list[Path] | None = None) -> subprocess.Popen[bytes]:
        search = [*(path or []), ROOT, TESTS]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, search)),
            "DASK_LOGGING__DISTRIBUTED": "error",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
            cwd=self._folder,
            env=environment,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def start_scheduler(self, port: int = 0) -> subprocess.Popen[bytes]:
        file = self._folder / f"scheduler-{time.monotonic_ns()}.json"
        process = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--scheduler-file", str(file)
        )
        found = eventually(lambda: file.exists() and file.read_text(), "the scheduler", pause=0.05)
        self.address = json.loads(found)["address"]
        return process

    def start_worker(self, *, path: list[Path] | None = None, options: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        """Start a worker with one thread and no nanny: a test may kill it for good."""
        return self._start(
            "worker", self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard",
            "--local-directory", str(self._folder), *options, path=path,
        )  # fmt: skip

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait(PATIENCE)
        self._log.close()


@contextlib.contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """Make a context with a cluster."""
    made = Cluster(folder)
    try:
        made.start_scheduler()
        for _ in range(workers):
            made.start_worker()
        yield made
    finally:
        made.close()


def fake_package(folder: Path, name: str, files: Mapping[str, str]) -> Path:
    """Write a package that a worker finds before the real one."""
    for file, content in files.items():
        target = folder / name / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    return folder


class Refusals:
    """An S3 that answers 500 so many times to what has a certain method and key."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self.left = 0
        self.method, self.key = "PUT", ""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if self.left and environ["REQUEST_METHOD"] == self.method and environ["PATH_INFO"].endswith(self.key):
            self.left -= 1
            start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
            return [b"busy"]
        return self._application(environ, start_response)


class Store:
    """A bucket named "media" of an S3 server, which other processes reach, too."""

    def __init__(self, address: str, refusals: Refusals) -> None:
        import boto3

        self.refusals = refusals
        self.address = address
        self._client = boto3.client("s3", endpoint_url=address)
        # All servers of a process have the same content.
        urllib.request.urlopen(urllib.request.Request(f"{address}/moto-api/reset", method="POST"))
        self._client.create_bucket(Bucket="media")

    def put(self, key: str, data: bytes) -> None:
        self._client.put_object(Bucket="media", Key=key, Body=data)

    def get(self, key: str) -> bytes:
        data: bytes = self._client.get_object(Bucket="media", Key=key)["Body"].read()
        return data

    def list(self) -> list[str]:
        return sorted(entry["Key"] for entry in self._client.list_objects_v2(Bucket="media").get("Contents", []))


@contextlib.contextmanager
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Make a context with an S3; this process and those that it starts find it by the environment."""
    server: Any = pytest.importorskip("moto.server")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "t",
        "AWS_SECRET_ACCESS_KEY": "t",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    serving = pytest.importorskip("werkzeug.serving")
    application = server.DomainDispatcherApplication(server.create_backend_app)
    refusals = Refusals(application)
    running = serving.make_server("127.0.0.1", 0, refusals, threaded=True)
    thread = threading.Thread(target=running.serve_forever, name="s3", daemon=True)
    thread.start()
    try:
        host, port = "127.0.0.1", running.server_port
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        _forget_clients()
        yield Store(f"http://{host}:{port}", refusals)
    finally:
        _forget_clients()
        running.shutdown()
        thread.join()


def _forget_clients() -> None:
    """Let stow connect anew: it keeps a client for each store."""
    from stow.manager.manager import Manager

    Manager._clearManagerCache()
    vars(Manager)["parseURL"].__func__.cache_clear()

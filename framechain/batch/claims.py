"""Claims on outputs: of two batches that write to one folder, each output is made by one."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from ..errors import FramechainError, OutputError
from ..files.locks import FileLock
from ..files.paths import is_remote, make_write_error
from ..files.stores import read_remote_file, remove_remote_file, write_remote_file
from .recipe import make_side_path

# A store has no locks: a claim there holds for some time and is renewed; that of a process that died ends by itself.
_HOLDS_SECONDS = 90.0
_RENEW_SECONDS = 20.0


class ClaimedError(FramechainError):
    """Somebody else makes the output."""


class HeldError(OutputError):
    """A worker of the same batch, which the cluster took for dead, still makes the output."""


@contextlib.contextmanager
def claim(output: str, batch: str) -> Iterator[None]:
    """Make a context in which nobody else makes an output; its folder is made, too.

    Args:
        output: The output.
        batch: The batch that makes it: it may take over what a dead worker of its own has claimed on a store.

    Raises:
        ClaimedError: If somebody else makes it now; the message says who.
        HeldError: If a worker of the same batch does.
        OutputError: If its folder cannot be written to.
    """
    path = make_side_path(output, "claim")
    with _claim_on_store(path, batch) if is_remote(path) else _claim_here(path, output, batch):
        yield


@contextlib.contextmanager
def _claim_here(path: str, output: str, batch: str) -> Iterator[None]:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        lock = FileLock(path, batch)
    except BlockingIOError as error:
        if _read_note(path) == batch:
            raise HeldError(
                f"cannot write {output}: a worker that the cluster took for dead is still at it ({error.strerror}); if "
                "an object holds Python's lock for long, set distributed.scheduler.worker-ttl higher on the scheduler"
            ) from None
        raise ClaimedError(f"it is being made by another batch ({error.strerror})") from None
    except (FileExistsError, NotADirectoryError) as error:
        raise OutputError(f"cannot write {output}: a part of its path is a file, where a folder is needed") from error
    except OSError as error:
        raise make_write_error(output, error) from error
    try:
        yield
    finally:
        lock.release()


def _read_note(path: str) -> str:
    """Return which batch holds a claim; "" if that is unknown."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(100).partition(" ")[2]
    except OSError:
        return ""


@contextlib.contextmanager
def _claim_on_store(path: str, batch: str) -> Iterator[None]:
    known = _read(path)
    if known.get("batch") != batch and time.time() < known.get("until", 0):
        raise ClaimedError(f"it is being made by another batch ({known.get('who', 'unknown')})")
    own = {"batch": batch, "token": secrets.token_hex(8), "who": f"{socket.gethostname()}, process {os.getpid()}"}
    _write(path, own)
    # Of two that saw no claim, the one that wrote last has it.
    if _read(path).get("token") != own["token"]:
        raise ClaimedError("it is being made by another batch")
    ended = threading.Event()
    renewal = threading.Thread(target=_renew, args=(path, own, ended), name="framechain-claim", daemon=True)
    renewal.start()
    try:
        yield
    finally:
        ended.set()
        renewal.join()
        with contextlib.suppress(FramechainError):  # It ends by itself.
            remove_remote_file(path)


def _renew(path: str, own: dict[str, Any], ended: threading.Event) -> None:
    while not ended.wait(_RENEW_SECONDS):
        with contextlib.suppress(FramechainError):  # The next time may do.
            _write(path, own)


def _write(path: str, own: dict[str, Any]) -> None:
    write_remote_file(path, json.dumps({**own, "until": time.time() + _HOLDS_SECONDS}).encode())


def _read(path: str) -> dict[str, Any]:
    try:
        known = json.loads(read_remote_file(path) or b"{}")
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}

"""Files on stores that stow reaches, such as s3://bucket/clip.mp4."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from ..basics.plain_words import explain
from ..errors import DependencyError, FramechainError, MediaError, MissingInputError
from .locks import ScratchFolder
from .paths import LIST_SUFFIXES, PathLike, is_remote, is_stream_url


def _describe_current_folder() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return "a folder that was removed"


@contextlib.contextmanager
def open_local_copy(path: PathLike, what: str) -> Iterator[str]:
    """Give a local path with the content of `path`, for as long as the context lasts.

    Args:
        path: A local path or the URL of a stream, which are not copied, or a path that stow reaches.
        what: What it is, for errors, such as "video".

    Yields:
        A path or URL that can be opened, also if the current folder changes.

    Raises:
        MissingInputError: If it does not exist.
        MediaError: If it is a playlist on a store: beside its copy, it would name files of this machine.
        DependencyError: If stow needs a package for this store that is not installed.
    """
    text = os.path.expanduser(os.fspath(path))
    if is_stream_url(text):
        yield text
    elif not is_remote(text):
        if not os.path.exists(text):
            raise MissingInputError(f"{what} not found: {text} (looked in {_describe_current_folder()})")
        # It may be opened again for its audio, after an object has changed the current folder.
        yield os.path.abspath(text)
    elif text.lower().endswith(LIST_SUFFIXES):
        raise MediaError(f"cannot read {text}: lists of other files are not followed from a store, give one of those")
    else:
        with ScratchFolder() as folder:
            target = os.path.join(folder, text.rstrip("/").rsplit("/", 1)[-1] or "input")
            with translate_store_errors(text, what):
                import stow

                if not stow.exists(text):
                    raise MissingInputError(f"{what} not found: {text}")
                stow.get(text, target)
            yield target


def list_remote_files(folder: str, what: str, *, deep: bool = False) -> list[str] | None:
    """List the files in a folder on a store.

    Args:
        folder: A path that stow reaches, such as s3://bucket/rooms.
        what: What it is, for errors, such as "background folder".
        deep: Whether to list all that lie below it too.

    Returns:
        Their paths; None if the folder is a file.

    Raises:
        MissingInputError: If it does not exist.
        DependencyError: If stow needs a package for this store that is not installed.
    """
    base = folder.rstrip("/")
    with translate_store_errors(folder, what):
        import stow

        if not stow.exists(base):
            raise MissingInputError(f"{what} not found: {folder}")
        return None if stow.isfile(base) else _list_files(base, deep)


def _list_files(folder: str, deep: bool) -> list[str]:
    # stow's own recursion loses what lies beyond the thousandth object of a folder.
    import stow

    found: list[str] = []
    for item in stow.iterls(folder):
        path = f"{folder}/{item.path.rstrip('/').rsplit('/', 1)[-1]}"
        if isinstance(item, stow.File):
            found.append(path)
        elif deep:
            found += _list_files(path, deep)
    return found


@contextlib.contextmanager
def translate_store_errors(path: str, what: str) -> Iterator[None]:
    """Turn whatever the client of a store raises into one sentence: each client has errors of its own.

    Args:
        path: A path that stow reaches.
        what: What it is, for errors, such as "video".

    Raises:
        MissingInputError: If it cannot be reached.
        DependencyError: If stow needs a package for this store that is not installed.
    """
    try:
        yield
    except FramechainError:
        raise
    except ImportError as error:
        raise DependencyError(
            f"{path} needs a package that is not installed ({error}); for s3:// run: pip install boto3"
        ) from error
    except Exception as error:
        raise MissingInputError(f"cannot reach the {what} {path}: {explain(str(error), path)}") from error


def stamp_remote_file(path: str) -> dict[str, str | int] | None:
    """Return what tells the content of a file on a store from others; None if there is no such file.

    Returns:
        Its size, and its ETag or, where the store has none, the time at which it was written.
    """
    with translate_store_errors(path, "file"):
        import stow

        if not stow.exists(path):
            return None
        file = stow.artefact(path)
        if not isinstance(file, stow.File):
            return None
        tag = file.metadata.get("ETag")
        return {"size": file.size, **({"etag": tag} if tag else {"time": file.modifiedTime.isoformat()})}


def read_remote_file(path: str) -> bytes | None:
    """Return the content of a small file on a store; None if there is none."""
    with translate_store_errors(path, "file"):
        import stow

        return bytes(stow.get(path)) if stow.exists(path) else None


def write_remote_file(path: str, data: bytes) -> None:
    """Write a small file on a store, in one step."""
    with translate_store_errors(path, "file"):
        import stow

        stow.put(data, path, overwrite=True)


def remove_remote_file(path: str) -> None:
    """Remove a file on a store; one that is not there is no error."""
    with translate_store_errors(path, "file"):
        import stow

        if stow.exists(path):
            stow.rm(path)

"""What is given as inputs, such as folders and patterns, to one job for each file."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..errors import ArgumentError, ArgumentTypeError, MissingInputError
from ..files.paths import (
    LIST_SUFFIXES,
    PathLike,
    choose_output_suffix,
    is_image,
    is_remote,
    is_stream_url,
    is_video,
    make_output_path,
)
from ..files.stores import list_remote_files
from ..sources.open import guess_kind

_WILDCARDS = re.compile(r"[*?\[]")
# A recording of a camera that is being written.
_UNFINISHED = re.compile(r".* \(unfinished( \d+)?\)\.\w+")


@dataclass(frozen=True, slots=True)
class Job:
    """A file to read and the file to write.

    Attributes:
        input: A path, a URL of a file, or a path on a store that stow reaches.
        output: A path, or one on a store.
        is_image: Whether it is an image; else it is a video.
    """

    input: str
    output: str
    is_image: bool


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was found.

    Attributes:
        jobs: A job for each image and video.
        others: Files that are no media, by their names.
        earlier: Files that are outputs of other jobs.
    """

    jobs: Sequence[Job]
    others: Sequence[str] = ()
    earlier: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """A file, and the folder from which on the tree is kept; `named` is True if the file itself was given."""

    path: str
    root: str
    named: bool = False


def find_jobs(
    inputs: PathLike | Iterable[PathLike],
    output: PathLike | None = None,
    *,
    extension: str = "out",
    alpha: bool = False,
) -> Inputs:
    """Find the files that are meant, and where the result of each goes.

    Args:
        inputs: Files, folders, which are searched with all that is below them, and patterns such as "in/*.mp4" or
            "in/**/*.mp4"; local or on a store that stow reaches, such as s3://bucket/in/.
        output: The folder of the results, in which the tree below each folder is kept; or a file if one file is given.
            None: each result goes next to its input.
        extension: What is added to the name of a result next to its input.
        alpha: Whether results have alpha.

    Returns:
        The jobs. Hidden files, parts of files, playlists and outputs of earlier runs are no inputs.

    Raises:
        ArgumentTypeError: If the inputs are no paths.
        ArgumentError: If two inputs would write one output, an output would replace an input, there is no input, or the
            inputs are in different folders and there is no `output`.
        MissingInputError: If a folder or what a pattern matches is not there.

    Example:
        >>> [(job.input, job.output) for job in find_jobs("samples/*.jpg", "out").jobs]
        [('samples/background.jpg', 'out/background.jpg'), ('samples/portrait.jpg', 'out/portrait.jpg')]
    """
    words = _check_words(inputs)
    folder = None if output is None else os.path.expanduser(os.fspath(output))
    found: dict[str, _Found] = {}
    for file in (file for word in words for file in _find(word, folder)):
        found.setdefault(_make_key(file.path), file)
    files = list(found.values())
    media = [file for file in files if file.named or _is_media(file.path)]
    if folder is None and len({file.root for file in media}) > 1:
        raise ArgumentError(
            f"the inputs are in different folders ({', '.join(sorted({file.root or '.' for file in media})[:3])}): say "
            "with --output FOLDER (in Python: output=...) where the results go"
        )
    is_one_file = len(files) == 1 and files[0].named
    jobs = [_make_job(file, folder, extension, alpha, is_one_file) for file in media]
    written = {_make_key(job.output) for job in jobs}
    own = [job for job in jobs if folder is not None or _make_key(job.input) not in written]
    _check_outputs(own)
    others = [file.path for file in files if not (file.named or _is_media(file.path))]
    kept = set(own)
    return Inputs(own, others, [job.input for job in jobs if job not in kept])


def _check_words(inputs: PathLike | Iterable[PathLike]) -> list[str]:
    given = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    for thing in given:
        if not isinstance(thing, str | os.PathLike) or not isinstance(os.fspath(thing), str):
            raise ArgumentTypeError(f"inputs must be paths, got {thing!r:.80}")
    words = [os.path.expanduser(os.fspath(thing)) for thing in given]
    if not words or "" in words:
        raise ArgumentError(f"{'an input is empty' if words else 'there is no input'}: give files, folders or patterns")
    for word in words:
        if guess_kind(word) == "camera":
            raise ArgumentError(f"{word} is a camera, which is not for a batch of files: give it alone")
    return words


def _make_key(path: str) -> str:
    """Return the same text for the same file."""
    return path if is_remote(path) or is_stream_url(path) else os.path.normcase(os.path.realpath(path))


def _find(word: str, output: str | None) -> Iterator[_Found]:
    if is_stream_url(word):
        yield _Found(word, "", named=True)
    elif is_remote(word):
        yield from _find_remote(word)
    elif os.path.isdir(word) or word.endswith(("/", os.sep)):
        yield from (_Found(path, word) for path in _walk(word, output))
    elif _WILDCARDS.search(word) and not os.path.lexists(word):
        root = os.path.dirname(_WILDCARDS.split(word, maxsplit=1)[0])
        paths = sorted(path for path in glob.iglob(word, recursive=True) if os.path.isfile(path))
        if not paths:
            raise MissingInputError(f"no file matches {word} (looked in {os.path.abspath(root)})")
        yield from (_Found(path, root) for path in paths if not _is_hidden(os.path.relpath(path, root or ".")))
    else:
        yield _Found(word, os.path.dirname(word), named=True)


def _find_remote(word: str) -> Iterator[_Found]:
    wildcard = re.search(r"\*", word)  # Names on stores may have the other signs.
    root = (word[: wildcard.start()].rsplit("/", 1)[0] if wildcard else word).rstrip("/")
    files = list_remote_files(root, "input", deep=True)
    if files is None:
        yield _Found(root, root.rsplit("/", 1)[0], named=True)
        return
    # As a shell does: * stays in its folder, ** does not.
    pattern = re.compile(_translate(word)) if wildcard else None
    chosen = sorted(path for path in files if pattern is None or pattern.fullmatch(path))
    if pattern is not None and not chosen:
        raise MissingInputError(f"no file matches {word}")
    yield from (_Found(path, root) for path in chosen if not _is_hidden(path[len(root) :]))


def _translate(pattern: str) -> str:
    parts = re.split(r"(\*\*/|\*)", pattern)
    signs = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return "".join(signs.get(part, re.escape(part)) for part in parts)


def _walk(top: str, output: str | None) -> Iterator[str]:
    inside = None if output is None or is_remote(output) else os.path.realpath(output)
    for folder, folders, names in os.walk(top):
        # Results in a folder of their own below the inputs are no inputs.
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(os.path.join(folder, name)) != inside
        )
        yield from (os.path.join(folder, name) for name in sorted(names) if not _is_hidden(name))


def _is_hidden(path: str) -> bool:
    parts = re.split(r"[/\\]", path)
    return any(part.startswith(".") and part not in (".", "..") for part in parts) or bool(
        _UNFINISHED.fullmatch(parts[-1])
    )


def _is_media(path: str) -> bool:
    return is_image(path) or (is_video(path) and not path.lower().endswith(LIST_SUFFIXES))


def _make_job(file: _Found, output: str | None, extension: str, alpha: bool, is_one_file: bool) -> Job:
    image = is_image(file.path)
    if output is None:
        return Job(file.path, make_output_path(file.path, extension, video=not image, alpha=alpha), image)
    is_file = is_image(output) or is_video(output)
    if is_file and is_one_file:
        return Job(file.path, output, image)
    if is_file and not os.path.isdir(output):
        raise ArgumentError(f"the output {output} is named as a file, and the results of several inputs need a folder")
    if is_stream_url(file.path):
        inner = os.path.basename(urlsplit(file.path).path) or "stream"
    elif is_remote(file.path):
        inner = file.path[len(file.root) :].lstrip("/")
    else:
        inner = os.path.relpath(file.path, file.root or ".")
    stem, suffix = os.path.splitext(inner)
    inner = stem + choose_output_suffix(suffix, video=not image, alpha=alpha)
    joined = f"{output.rstrip('/')}/{inner.replace(os.sep, '/')}" if is_remote(output) else os.path.join(output, inner)
    return Job(file.path, joined, image)


def _check_outputs(jobs: Sequence[Job]) -> None:
    writers: dict[str, Job] = {}
    read = {_make_key(job.input) for job in jobs}
    for job in jobs:
        key = _make_key(job.output)
        if key in read:
            raise ArgumentError(
                f"the result of {job.input} would replace the input {job.output}: choose another folder, or leave "
                "--output out, then it goes next to it under another name"
            )
        if key in writers:
            raise ArgumentError(
                f"{writers[key].input} and {job.input} would both write {job.output}: rename one of them, or give the "
                "folder above both"
            )
        writers[key] = job

"""Mistakes in framechain/web/jobs and framechain/web/transfer that a test must notice, as in `mutant_list`."""

from __future__ import annotations

from support.mutant_list import Mutant

JOB_MUTANTS = (
    Mutant(
        "jobs: another visitor's job is found",
        "web/jobs/part.py",
        "job is None or job.visitor != request[VISITOR].id or job.is_removed",
        "job is None or job.is_removed",
        "web/jobs/test_part.py -k reload",
    ),
    Mutant(
        "jobs: an upload keeps its suffix, so that a list of other files is followed",
        "web/jobs/part.py",
        'kind="image" if is_image(name) else "video", suffix="", part="original"',
        'kind="video", suffix=name[-5:], part="original"',
        "web/jobs/test_unsafe_uploads.py",
    ),
    Mutant(
        "jobs: the visitor whose job was done last is the next one again",
        "web/jobs/queue.py",
        "if other != self._last_visitor",
        "if other",
        "web/jobs/test_queue.py",
    ),
    Mutant(
        "jobs: a cancelled job is reported as done",
        "web/jobs/file_run.py",
        "        if self._is_cancelled:\n            return None\n",
        "",
        "web/jobs/test_file_run.py -k cancelled",
    ),
    Mutant(
        "jobs: an engine that is made after the request to cancel runs to its end",
        "web/jobs/file_run.py",
        "            if self._is_cancelled:\n                engine.cancel()\n",
        "",
        "web/jobs/test_file_run.py -k cancelled",
    ),
    Mutant(
        "jobs: the chain of a job is kept as long as its result",
        "web/jobs/file_run.py",
        "self._objects, self._source, self._engine = (), None, None",
        "pass",
        "web/jobs/test_file_run.py -k keeps_nothing",
    ),
    Mutant(
        "jobs: a run takes the signals of the server for its own",
        "web/jobs/file_run.py",
        "contextvars.Context().run(call)",
        "call()",
        "web/jobs/test_file_run.py -k signals",
    ),
    Mutant(
        "jobs: a result may outgrow the room",
        "web/jobs/worker.py",
        "            raise too_large\n",
        "            pass\n",
        "web/jobs/test_limits.py -k outgrows",
    ),
    Mutant(
        "jobs: an upload without a length has no limit",
        "web/transfer/uploads.py",
        "                _check_size(size, limit)\n",
        "",
        "web/jobs/test_limits.py -k above_the_limit",
    ),
    Mutant(
        "jobs: what was received of a broken upload is kept",
        "web/transfer/uploads.py",
        "        shelf.remove(file)\n        raise",
        "        raise",
        "web/jobs/test_limits.py -k breaks_off",
    ),
    Mutant(
        "jobs: a file that is no media is shown in the browser",
        "web/transfer/downloads.py",
        " or content_type == UNKNOWN",
        "",
        "web/jobs/test_archive.py -k never_a_document",
    ),
    Mutant(
        "jobs: a sentence names the server's folders",
        "web/transfer/names.py",
        'return _FOLDERS.sub("", " ".join(sentence.split()))',
        'return " ".join(sentence.split())',
        "web/jobs/test_file_run.py -k hide_paths",
    ),
    Mutant(
        "jobs: a zip does not tell zipfile how large a file is",
        "web/jobs/archive.py",
        "entry.file_size = file.path.stat().st_size",
        "pass",
        "web/jobs/test_archive.py -k zip64",
    ),
)

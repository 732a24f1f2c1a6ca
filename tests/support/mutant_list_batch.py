"""Mistakes in framechain/batch that a test must notice, as in `mutant_list`."""

from __future__ import annotations

from support.mutant_list import Mutant

BATCH_MUTANTS = (
    Mutant(
        "batch: what may pass is not tried again",
        "batch/batch.py",
        "if record.may_pass and attempt < TRIES and not must_stop():",
        "if False:",
        "batch/test_batch.py -k passing_fault",
    ),
    Mutant(
        "batch: an output that was replaced counts as up to date",
        "batch/recipe.py",
        " and output == stamp(job.output)",
        "",
        "batch/test_batch.py -k what_has_changed",
    ),
    Mutant(
        "batch: a recipe that does not fit on the disk is left",
        "batch/recipe.py",
        'os.unlink(f"{path}.new")',
        "pass",
        "batch/test_shortage.py -k recipe_full_disk",
    ),
    Mutant(
        "batch: what an object learns from a file shows in the next",
        "batch/job.py",
        "objects = copy_objects(work.objects)",
        "objects = work.objects",
        "batch/test_batch.py -k each_file_gets",
    ),
    Mutant(
        "batch: a worker that is taken for dead counts as another batch",
        "batch/claims.py",
        "if _read_note(path) == batch:",
        "if False:",
        "batch/test_shortage.py -k same_batch",
    ),
    Mutant(
        "batch: workers that are not heard from are ended",
        "batch/cluster.py",
        '        "distributed.scheduler.worker-ttl": None,\n',
        "",
        "batch/test_shortage.py -k own_workers",
    ),
    Mutant(
        "batch: all items are blamed that were sent with one that kills workers",
        "batch/dask_runner.py",
        "if len(group) > 1:",
        "if False:",
        "batch/test_runners.py -k item_that_kills",
    ),
    Mutant(
        "segments: objects are not warmed up",
        "batch/segments/plan.py",
        "return max(inside[0], first - history)",
        "return first",
        "batch/segments/test_process.py -k remembers",
    ),
    Mutant(
        "segments: a film is decoded from the key frame at a cut",
        "batch/segments/plan.py",
        "_LEAD = 2",
        "_LEAD = 0",
        "batch/segments/test_process.py -k bit_for_bit",
    ),
    Mutant(
        "segments: what is decoded in another way is joined",
        "batch/segments/process.py",
        "if record.digest_last != after.digest_before:",
        "if False:",
        "batch/segments/test_faults.py -k another_way",
    ),
    Mutant(
        "segments: those of a film that was cut elsewhere are used",
        "batch/segments/process.py",
        'f"{resume} {cuts}"',
        'f"{resume}"',
        "batch/segments/test_faults.py -k cut_elsewhere",
    ),
    Mutant(
        "segments: what one learnt shows in the next",
        "batch/segments/work.py",
        "Chain(copy_objects(self.objects))",
        "Chain(self.objects)",
        "batch/segments/test_process.py -k learns",
    ),
    Mutant(
        "segments: all packets are decoded when they are shown",
        "batch/segments/join.py",
        "return max(files[0].lead, *needed, 0)",
        "return 0",
        "batch/segments/test_process.py -k any_encoder",
    ),
    Mutant(
        "segments: the audio of a film that is cut goes on",
        "batch/segments/process.py",
        "cut_audio=stopped is not None or plan.is_bounded or plan.begins_at is not None,",
        "cut_audio=False,",
        "batch/segments/test_process.py -k range_in_segments",
    ),
)

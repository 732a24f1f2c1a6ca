"""Mistakes in what the doctor finds and says."""

from __future__ import annotations

from support.mutant_list import Mutant

DOCTOR_MUTANTS = (
    Mutant(
        "the doctor tells facts as they are",
        "doctor/check.py",
        "facts = privacy.hide_private(call_with_limit(check.area, check.gather, check.seconds))",
        "facts = call_with_limit(check.area, check.gather, check.seconds)",
        "doctor/test_check.py -k hides",
    ),
    Mutant(
        "the doctor tells errors as they are",
        "doctor/check.py",
        'privacy.hide_private(f"{type(error).__name__}: {reason(error)}")',
        'f"{type(error).__name__}: {reason(error)}"',
        "doctor/test_check.py -k hides",
    ),
    Mutant(
        "the doctor tells the folders below the home folder",
        "doctor/privacy.py",
        "self._folders.sub(_CUT, text)",
        "text",
        "doctor/test_privacy.py -k text_loses",
    ),
    Mutant(
        "a check of the doctor that ends the program is not caught",
        "doctor/check.py",
        "except (Exception, SystemExit) as error:",
        "except Exception as error:",
        "doctor/test_check.py -k raises",
    ),
    Mutant(
        "a camera that another program uses is taken for a free one",
        "doctor/v4l2.py",
        "if error.errno == errno.EBUSY:",
        "if error.errno == errno.EACCES:",
        "doctor/test_v4l2.py -k another_program",
    ),
    Mutant(
        "a camera's second device, which gives no frames, is listed",
        "doctor/v4l2.py",
        "flags = own if capabilities & _HAS_OWN_CAPABILITIES else capabilities",
        "flags = capabilities",
        "doctor/test_v4l2.py -k gives_no_frames",
    ),
    Mutant(
        "the doctor takes a rate for held without a tenth to spare",
        "doctor/benchmark.py",
        "if rate <= _SHARE * self.frames_per_second",
        "if rate <= self.frames_per_second",
        "doctor/test_benchmark.py -k recommendation",
    ),
    Mutant(
        "the limit of a control group above is not seen",
        "doctor/machine.py",
        "for folder in dict.fromkeys((own, *own.parents[: len(Path(path).parts)], top)):",
        "for folder in (own, top):",
        "doctor/test_machine.py -k quota",
    ),
    Mutant(
        "a version at its upper bound is taken",
        "doctor/packages.py",
        'sign == "<" and found >= _parse_version(limit)',
        'sign == "<" and found > _parse_version(limit)',
        "doctor/test_packages.py -k out_of_its_bounds",
    ),
    Mutant(
        "the doctor's exit code counts notes",
        "cli/diagnosis.py",
        'return 1 if diagnosis.count("problem") else 0',
        'return 1 if diagnosis.count("problem") + diagnosis.count("note") else 0',
        "cli/test_diagnosis.py -k exit_code",
    ),
)

"""The installed command `framechain`. It lies outside the package, so that Ctrl-C during its imports ends quietly."""

import sys
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line and exit."""
    try:
        from framechain.cli.program import leave, main
    except KeyboardInterrupt:
        sys.exit(130)
    except ImportError as error:  # Of OpenCV, as a rule: `framechain doctor` says what is missing.
        if sys.argv[1:2] == ["doctor"]:
            sys.exit(_run_doctor_alone())
        sys.exit(f"framechain: {error} (`framechain doctor` looks at all that it needs)")
    leave(main())


def _run_doctor_alone() -> int:
    """Run the doctor without `framechain/__init__.py`, which imports OpenCV: that may be just what is missing."""
    from importlib.util import find_spec
    from types import ModuleType

    package = ModuleType("framechain")
    found = find_spec("framechain")
    package.__path__ = list(found.submodule_search_locations or ()) if found else []
    sys.modules["framechain"] = package
    from framechain.cli.diagnosis import run_doctor

    return run_doctor(sys.argv[2:])

"""The files that ship in the package: models and a font."""

from __future__ import annotations

import hashlib

from ..errors import DependencyError


def read_asset(name: str, digest: str, kind: str = "model") -> bytes:
    """Read a file of framechain/assets, and check that it is the one that was shipped.

    Args:
        name: The file's name.
        digest: Its SHA-256 in hexadecimal digits.
        kind: What it is, for the message.

    Raises:
        DependencyError: If it is missing or has other content.
    """
    from importlib import resources

    try:
        data = (resources.files("framechain") / "assets" / name).read_bytes()
    except OSError as error:
        raise DependencyError(f"the {kind} {name} is missing from the package: reinstall framechain") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise DependencyError(f"the {kind} {name} is not the one that was shipped: reinstall framechain")
    return data

"""What the tests of sources share."""

from __future__ import annotations

import pytest
from support.patience import PATIENCE

from framechain.basics import back_off
from framechain.sources import camera as camera_module


@pytest.fixture
def impatient_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera is lost after two seconds, tries again soon, and says nothing about silence before."""
    monkeypatch.setattr(camera_module, "_LOST_SECONDS", 2.0)
    monkeypatch.setattr(camera_module, "_QUIET_SECONDS", PATIENCE)
    monkeypatch.setattr(back_off, "FIRST_SECONDS", 0.1)

"""A selfie segmentation model: its file, and when it is loaded."""

from __future__ import annotations

import copy
import hashlib
import pickle
from typing import Any

import numpy as np
import pytest

from framechain.errors import DependencyError
from framechain.mattes.selfie import model as model_module
from framechain.mattes.selfie.model import GENERAL, LANDSCAPE, SelfieModel, read_model


class Runtime:
    """Notes how often it is made and closed; its answer is one half everywhere."""

    made: list[Runtime]

    def __init__(self, data: bytes, size: tuple[int, int]) -> None:
        self.data, self.size, self.closed = data, size, 0
        Runtime.made.append(self)

    def __call__(self, rgb: Any) -> Any:
        return np.full(rgb.shape[:2], 0.5, np.float32)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def runtimes(monkeypatch: pytest.MonkeyPatch) -> list[Runtime]:
    Runtime.made = []
    monkeypatch.setattr(model_module, "load_runtime", Runtime)
    return Runtime.made


@pytest.mark.parametrize(("selection", "size"), [(GENERAL, (256, 256)), (LANDSCAPE, (256, 144))])
def test_selfie_model_has_the_size_of_its_file(selection: int, size: tuple[int, int], runtimes: list[Runtime]) -> None:
    model = SelfieModel(selection)
    assert model.size == size
    model.open()
    assert runtimes[0].size == size
    assert runtimes[0].data == read_model(selection)


def test_selfie_model_is_loaded_once_and_again_after_close(runtimes: list[Runtime]) -> None:
    model = SelfieModel(GENERAL)
    model.close()
    assert runtimes == []
    for _ in range(2):
        model.open()
        assert (model(np.zeros((256, 256, 3), np.uint8)) == 0.5).all()
    assert len(runtimes) == 1
    model.close()
    model.close()
    assert runtimes[0].closed == 1
    model.open()
    assert len(runtimes) == 2


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_selfie_model_copy_loads_its_own_runtime(duplicate: Any, runtimes: list[Runtime]) -> None:
    model = SelfieModel(LANDSCAPE)
    model.open()
    other = duplicate(model)
    assert other.size == model.size
    other.open()
    other.close()
    assert [runtime.closed for runtime in runtimes] == [0, 1]


def test_read_model_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    name, size, digest = model_module._MODELS[GENERAL]
    assert hashlib.sha256(read_model(GENERAL)).hexdigest() == digest
    monkeypatch.setitem(model_module._MODELS, GENERAL, (name, size, "0" * 64))
    with pytest.raises(DependencyError, match=rf"the model {name} is not the one that was shipped"):
        read_model(GENERAL)


def test_read_model_missing_file_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(model_module._MODELS, GENERAL, ("missing.tflite", (256, 256), ""))
    with pytest.raises(DependencyError, match=r"the model missing\.tflite is missing from the package"):
        read_model(GENERAL)

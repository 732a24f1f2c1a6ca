"""A model that is loaded on first use."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

_RuntimeType = TypeVar("_RuntimeType", bound="Closable")


class Closable(Protocol):
    """A loaded model."""

    def close(self) -> None:
        """Release the model."""


class LazyModel(Generic[_RuntimeType]):
    """A model whose runtime is made on first use; a subclass has `_make_runtime`."""

    _runtime: _RuntimeType | None = None

    def _make_runtime(self) -> _RuntimeType:
        raise NotImplementedError

    def open(self) -> None:
        """Load the model if it is not loaded.

        Raises:
            DependencyError: If what runs the model is missing.
        """
        self._load()

    def _load(self) -> _RuntimeType:
        if self._runtime is None:
            self._runtime = self._make_runtime()
        return self._runtime

    def close(self) -> None:
        """Release the model; it is loaded again on the next use. May be called twice."""
        if self._runtime is not None:
            self._runtime.close()
            self._runtime = None

    def __getstate__(self) -> dict[str, Any]:
        # A native handle can be neither pickled nor copied: the copy loads its own on first use.
        return {**self.__dict__, "_runtime": None}

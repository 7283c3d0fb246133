"""The real model of meaning, built by `make test`, for tests that carry the mark `model`."""

from functools import lru_cache
from pathlib import Path

from app.search._model import INSTALLED, Model, read_model

MODEL_FILE = Path(__file__).resolve().parents[2] / "build" / "model" / "all-minilm-l6-v2.onnx"


def missing_model() -> str:
    """Why there is no model, or nothing."""
    if INSTALLED and MODEL_FILE.exists():
        return ""
    return "there is no model of meaning; run: make build/model/all-minilm-l6-v2.onnx"


@lru_cache
def real_model() -> Model:
    """The model, opened once for all tests of a process."""
    return read_model(MODEL_FILE)

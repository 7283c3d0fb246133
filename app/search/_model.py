"""Turns a text into a vector by what it means: all-MiniLM-L6-v2 out of one file, on the processor. Called by the engine, the job that
reads passages, and `quiver model`. The only user of onnxruntime and tokenizers, an extra: without it or the file, search goes by words."""

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import Refused

try:
    import onnxruntime
    from tokenizers import Tokenizer

    INSTALLED = True
except ImportError:  # the extra `semantic` is not there
    INSTALLED = False

WIDTH = 384
MAX_TOKENS = 256  # what stands further back in a passage counts no more
MAX_CHARACTERS = 16 * MAX_TOKENS
# Sentences with the vectors that the unquantised weights give, made by `make reference-vectors`.
REFERENCE = Path(__file__).with_name("reference_vectors.json")
LEAST_LIKENESS = 0.97  # of each of them and what the file gives; whole numbers in place of fractions leave .992
KEPT_QUESTIONS = 512

Vectors = NDArray[np.float32]


class WrongModel(Refused):
    """The file is not the model; the text is a sentence for people."""


class Model:
    """A loaded model. Safe to share between threads, each of which computes by itself; to be opened after a fork, not before."""

    def __init__(self, session: Any, tokenizer: Any, name: str) -> None:
        self.name = name  # changes whenever vectors of before are of no use
        self._session = session
        self._tokenizer = tokenizer
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Their vectors, (n, 384) of length 1, each the same whatever it is asked together with."""
        # One by one: as fast as in batches, as the processor is busy with a single passage already, and nothing is padded.
        found = np.empty((len(texts), WIDTH), dtype=np.float32)
        for number, text in enumerate(texts):
            encoded = self._tokenizer.encode(text[:MAX_CHARACTERS].encode(errors="replace").decode())
            ids = np.array([encoded.ids], dtype=np.int64)
            found[number] = self._session.run(["vector"], {"ids": ids})[0][0]
        return found

    def embed_question(self, text: str) -> Vectors:
        """The vector (384,) of a question; those asked lately are remembered, as pages of an answer ask again."""
        with self._lock:
            kept = self._kept.get(text)
            if kept is not None:
                self._kept.move_to_end(text)
                return kept
        vector: Vectors = self.embed([text])[0]
        vector.flags.writeable = False
        with self._lock:
            self._kept[text] = vector
            if len(self._kept) > KEPT_QUESTIONS:
                self._kept.popitem(last=False)
        return vector


def read_model(file: Path) -> Model:
    """The model in the file, its vectors compared with stored ones; WrongModel with the reason."""
    if not INSTALLED:
        raise WrongModel("What computes meaning is not installed. Run `make semantic`.")
    if not file.is_file():
        raise WrongModel(f"There is no file {file}. Run `make model`.")
    try:
        model = _loaded(file)
        likeness = _least_likeness(model)
    except Exception as error:  # a file of others may fail in any way
        raise WrongModel(f"{file} is damaged, or no model of meaning at all. Run `make model` to write it anew.") from error
    if likeness < LEAST_LIKENESS:
        raise WrongModel(f"{file} is another model than all-MiniLM-L6-v2: its vectors are not the stored ones. Run `make model`.")
    return model


def _loaded(file: Path) -> Model:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a question leaves the other processors to other people
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # what a long passage needed is given back
    options.log_severity_level = 4  # a fault is told once, by us
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    told = session.get_modelmeta().custom_metadata_map
    tokenizer = Tokenizer.from_str(told["tokenizer"])
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return Model(session, tokenizer, f"{told['name']} {told['recipe']}")


def _least_likeness(model: Model) -> float:
    stored = json.loads(REFERENCE.read_text(encoding="utf-8"))
    wanted = np.array([each["vector"] for each in stored], dtype=np.float32)
    got = model.embed([each["text"] for each in stored])
    return float(np.nan_to_num((got * wanted).sum(axis=1), nan=-1.0).min())

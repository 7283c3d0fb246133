"""The model of meaning: which texts it finds alike, that a vector stays the same in whatever company, and which files it refuses."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import Refused
from app.search import _model
from app.search._model import WIDTH, read_model
from tests.factories.model import MODEL_FILE, real_model

pytestmark = pytest.mark.model

ENCRYPTED = "All files are enciphered with AES-256 before they are written to disk."
PRICE = "Licences are billed per warehouse and year."
CANTEEN = "The canteen serves lunch from noon."


@pytest.mark.parametrize(
    "question, answer",
    [("Is our data protected when a drive is stolen?", ENCRYPTED), ("What will it cost us?", PRICE), ("Where can I eat?", CANTEEN)],
)
def test_the_answer_in_other_words_is_nearest(question: str, answer: str) -> None:
    texts = [ENCRYPTED, PRICE, CANTEEN]
    scores = real_model().embed(texts) @ real_model().embed_question(question)
    assert texts[int(np.argmax(scores))] == answer


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "\ud800 lone", "日本語の文章" * 900, "a" * 1_000_000, "ISO 5230 part B v8.2 C++", "Größe ☃"]
)
def test_any_text_has_a_vector_of_length_one(text: str) -> None:
    (vector,) = real_model().embed([text])
    assert vector.shape == (WIDTH,) and vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_nothing_asked_gives_nothing() -> None:
    assert real_model().embed([]).shape == (0, WIDTH)


def test_a_vector_is_the_same_in_any_company_and_thread() -> None:
    texts = [ENCRYPTED, PRICE * 30, CANTEEN, "short"]
    alone = [real_model().embed([text])[0] for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(real_model().embed, [texts] * 8))
        questions = list(pool.map(real_model().embed_question, texts * 8))
    assert all((found == alone).all() for found in together)
    assert all((found == wanted).all() for found, wanted in zip(questions, itertools.cycle(alone), strict=False))


def test_without_the_extra_no_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_model, "INSTALLED", False)
    with pytest.raises(Refused, match="make semantic"):
        read_model(MODEL_FILE)


def damaged(content: bytes) -> dict[str, bytes]:
    """The file as it might come: nothing, half, of another kind, with other weights, with a tokenizer that lacks a word."""
    middle = len(content) // 2
    return {
        "empty": b"",
        "cut": content[:middle],
        "text": b"not a model",
        "weights": content[:middle] + bytes(1 << 22) + content[middle + (1 << 22) :],
        "tokenizer": content.replace(b'"data":', b'"atad":'),
    }


@pytest.mark.parametrize("how", ["empty", "cut", "text", "weights", "tokenizer"])
def test_a_wrong_file_is_refused_in_a_sentence(how: str, tmp_path: Path) -> None:
    content = MODEL_FILE.read_bytes()
    wrong = damaged(content)[how]
    assert wrong != content
    file = tmp_path / "wrong.onnx"
    file.write_bytes(wrong)
    with pytest.raises(Refused, match=r"^/.*wrong\.onnx is (damaged|another model).* Run `make model`"):
        read_model(file)

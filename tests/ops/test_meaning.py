"""`quiver model`: the file of the model is checked, then found by a portal of the same settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.ops.cli import app
from app.search._model import read_model
from app.settings import get_settings
from tests.factories.model import MODEL_FILE

pytestmark = pytest.mark.model


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this portal's data goes."""
    monkeypatch.setenv("QUIVER_DATA_DIR", str(tmp_path / "portal"))
    get_settings.cache_clear()
    yield tmp_path / "portal"
    get_settings.cache_clear()


def put(file: Path) -> Result:
    return CliRunner().invoke(app, ["model", str(file)])


def test_a_model_is_found_where_it_was_put(folder: Path) -> None:
    for _ in range(2):
        told = put(MODEL_FILE)
        assert told.exit_code == 0 and str(folder / "models" / "all-minilm-l6-v2.onnx") in told.output
    read_model(get_settings().model_file)
    assert put(get_settings().model_file).exit_code == 0
    assert [each.name for each in (folder / "models").iterdir()] == ["all-minilm-l6-v2.onnx"]


def test_a_setting_names_another_place(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIVER_MODEL_PATH", str(tmp_path / "shared" / "meaning.onnx"))
    assert put(MODEL_FILE).exit_code == 0
    assert (tmp_path / "shared" / "meaning.onnx").read_bytes() == MODEL_FILE.read_bytes()
    assert not (folder / "models").exists()


def test_a_wrong_file_is_refused_and_the_right_one_stays(folder: Path, tmp_path: Path) -> None:
    put(MODEL_FILE)
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(MODEL_FILE.read_bytes()[:-100])
    for file, words in ((wrong, "is damaged"), (tmp_path / "none.onnx", "There is no file")):
        told = put(file)
        assert told.exit_code == 1 and words in told.output and "make model" in told.output
    read_model(get_settings().model_file)


def test_nothing_is_made_for_a_wrong_file(folder: Path, tmp_path: Path) -> None:
    assert put(tmp_path / "none.onnx").exit_code == 1
    assert not folder.exists()

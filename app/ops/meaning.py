"""`quiver model`: puts the file with the model of meaning where the portal looks for it."""

import os
import shutil
from pathlib import Path

from app.core.storage import sync_folder
from app.ops.portal import prepare
from app.search._model import read_model


def install_model(file: Path) -> Path:
    """Copy the file into the portal's place for it, once its vectors were found right; Refused with the reason."""
    read_model(file)
    target = prepare().model_file
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and target.samefile(file):
        return target
    beside = target.with_name(f"{target.name}.new")
    with open(file, "rb") as source, open(beside, "wb") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())
    os.replace(beside, target)
    sync_folder(target.parent)
    return target

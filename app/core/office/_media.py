"""Reads the size of a picture from its header. Used by _reading; nothing is decoded here."""

import warnings
from typing import BinaryIO

from PIL import Image

from app.core.office._blocks import Extract

MAX_PIXELS = 100_000_000


def read_picture(stream: BinaryIO) -> Extract:
    """No passages, only "1200 x 800"; a picture of more than 100 million pixels counts as unreadable."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(stream) as picture:
            return Extract(remarks=[f"{picture.width} x {picture.height}"])

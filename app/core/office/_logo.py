"""Runs in the capped child: a picture somebody sent becomes a small PNG of ours. Started by logo."""

import base64
import io
import warnings
from typing import Any, BinaryIO

from PIL import Image, ImageOps

from app.core.office._media import MAX_PIXELS

LARGEST = (640, 200)


def shrink(stream: BinaryIO, _argument: str) -> dict[str, Any]:
    """The picture, upright, at most 640 by 200 pixels, without anything else that was in the file."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(stream, formats=("PNG", "JPEG")) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    upright.thumbnail(LARGEST)
    out = io.BytesIO()
    upright.save(out, "PNG", optimize=True)
    return {"data": base64.b64encode(out.getvalue()).decode()}

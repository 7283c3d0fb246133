"""A logo somebody sends, as a small picture of ours. Called where business cases are filled in."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from app.core.errors import Refused
from app.core.office._capped import HostLost, run_capped
from app.core.office.parse import Unreadable, result_of

_SHRINKER = "app.core.office._logo:shrink"
MOST_BYTES = 4 * 1024 * 1024
NO_PICTURE = "The logo is no PNG or JPEG picture that can be read. Nothing was changed. Choose another file."
TOO_LARGE = "The logo is larger than 4 MB. Nothing was changed. Choose a smaller file."


def small_logo(content: bytes) -> str:
    """The picture at most 640 by 200 pixels, as the data address of a PNG; raises Refused. Never call it while a transaction is open."""
    if len(content) > MOST_BYTES:
        raise Refused(TOO_LARGE)
    with NamedTemporaryFile(prefix="quiver-logo-") as file:
        file.write(content)
        file.flush()
        try:
            found = result_of(run_capped(_SHRINKER, Path(file.name), "", None))
        except (Unreadable, HostLost) as error:
            raise Refused(NO_PICTURE) from error
    return f"data:image/png;base64,{found['data']}"

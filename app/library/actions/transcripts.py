"""What is said in a video or recording, as people write it down: kept as the passages of a version. Called by pages and API."""

from app.core.errors import NotFound, Refused
from app.core.office.transcript import MAX_CHARACTERS, MAX_STRETCHES, read_transcript
from app.core.work import Work
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.library import queries, rules
from app.library.actions import store_text, touch
from app.library.models import Version

NO_SPEECH = "Only videos and recordings have a transcript. The text of any other file is read by itself; nothing was changed."
NO_WORDS = "There are times but no words between them, so nothing was changed. Paste the words, too."
TOO_MANY = "The times of this transcript are in no order, so it would fall into thousands of pieces. Nothing was changed; sort them first."
TOO_LONG = f"A transcript has at most {MAX_CHARACTERS:,} characters. Nothing was changed; split the recording or leave something out."


def write_transcript(work: Work, asset_id: int, number: int, text: str) -> Version:
    """Replace the words of one version of a recording by these: plain text, WebVTT or SRT; blank text takes them away.

    The file of a version never changes. Its transcript is what the house says of the file, so it may be put right: of a draft by those
    who edit; of what readers get, or ever got, by those who release, because readers see the new words at once. The audit log tells the
    two apart (write_transcript, correct_transcript). Refused for other files, without words, or when too long.
    """
    require(work.actor, Permission.EDIT)
    asset = queries.get_asset(work, asset_id)
    version = next((one for one in queries.list_versions(work, asset_id) if one.number == number), None)
    if version is None:
        raise NotFound(f"“{asset.title}” has no version {number}. It may have been discarded; look at its list of versions.")
    if not rules.FORMATS[version.format].playable:
        raise Refused(NO_SPEECH)
    is_draft = rules.is_draft(asset, version)
    if not is_draft:
        require(work.actor, Permission.RELEASE)
    if len(text) > MAX_CHARACTERS:
        raise Refused(TOO_LONG)
    parsed = read_transcript(text, rules.FORMATS[version.format].label)
    if len(parsed.passages) > MAX_STRETCHES:
        raise Refused(TOO_MANY)
    if text.strip() and not parsed.passages:
        raise Refused(NO_WORDS)
    store_text(work, version.id or 0, parsed)
    touch(work, asset)
    audit(work, "write_transcript" if is_draft else "correct_transcript", "asset", asset_id, number=number)
    return version

"""Tells an encrypted Office file from an old-format one: both are OLE compound files. Called by inspect."""

import struct
from typing import BinaryIO

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_SECTORS = 64
_LAST_SECTOR = 0xFFFFFFFA


def stream_names(stream: BinaryIO) -> set[str]:
    """The names in the compound file's directory, as far as its first 64 sectors tell."""
    stream.seek(0)
    header = stream.read(512)
    if len(header) < 512 or header[:8] != OLE_MAGIC:
        return set()
    shift = struct.unpack_from("<H", header, 30)[0]
    if shift not in (9, 12):
        return set()
    names: set[str] = set()
    sector: int = struct.unpack_from("<I", header, 48)[0]
    for _ in range(_MAX_SECTORS):
        if sector >= _LAST_SECTOR:
            break
        names.update(_names_in(_sector(stream, sector, 1 << shift)))
        sector = _next_sector(stream, header, sector, 1 << shift)
    return names


def _sector(stream: BinaryIO, number: int, size: int) -> bytes:
    stream.seek((number + 1) * size)
    return stream.read(size)


def _names_in(data: bytes) -> set[str]:
    found: set[str] = set()
    for at in range(0, len(data) - 127, 128):
        length = struct.unpack_from("<H", data, at + 64)[0]
        if 2 <= length <= 64:
            found.add(data[at : at + length - 2].decode("utf-16-le", "ignore"))
    return found


def _next_sector(stream: BinaryIO, header: bytes, sector: int, size: int) -> int:
    """Follows the allocation table; only its first 109 blocks, which the header lists, are looked at."""
    block, place = divmod(sector, size // 4)
    if block >= 109:
        return _LAST_SECTOR
    table = _sector(stream, struct.unpack_from("<I", header, 76 + 4 * block)[0], size)
    if len(table) < 4 * place + 4:
        return _LAST_SECTOR
    following: int = struct.unpack_from("<I", table, 4 * place)[0]
    return following

"""Archives in conda's package caches: their hashes, and where they came from."""

from __future__ import annotations

import hashlib
import os


def sha256_of(path: str) -> str:
    """64 hex digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as archive:
        while piece := archive.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def archive_of(extracted: str, fn: str) -> str:
    """The archive that a package folder of a cache was extracted from. It may be gone.

    ``fn`` of the record in that folder says no more than its format, of which both may stand beside the folder: the
    name is the folder's own, or a record could claim the archive of another package.
    """
    return os.path.abspath(extracted) + fn[len(stem_of(fn)) :]


def stem_of(fn: str) -> str:
    """``name-version-build``"""
    for extension in (".conda", ".tar.bz2"):
        if fn.endswith(extension):
            return fn[: -len(extension)]
    return fn


def url_of(archive: str) -> str | None:
    """Where conda took an archive from: the last of that name in the cache's ``urls.txt``, perhaps with credentials."""
    folder, name = os.path.split(os.path.abspath(archive))
    try:
        with open(os.path.join(folder, "urls.txt"), encoding="utf-8") as lines:
            urls = [url for url in map(str.strip, lines) if url.rsplit("/", 1)[-1] == name]
    except OSError:
        return None
    return urls[-1] if urls else None

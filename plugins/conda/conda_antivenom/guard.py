"""The decisions: what is asked about when, and what stops conda.

1. After a solve, before anything is fetched: each record to be linked (:meth:`Guard.check_solution`).
2. Before an archive is extracted: its SHA-256 (:meth:`Guard.extract`).
3. Before a transaction: each record to be linked, and the archive in the cache that it will be linked from, whether
   this conda extracted it or an earlier one (:meth:`Guard.check_transaction`). Explicit URLs, ``@EXPLICIT`` files,
   clones, revisions and warm caches come here without a solve.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from conda.core.package_cache_data import PackageCacheData
from conda.models.records import PackageCacheRecord

from .cached_archives import archive_of, sha256_of, stem_of, url_of
from .refusal import AntivenomRefusal
from .verifier import Answer, Verifier, is_accepted


class Guard:
    """Raises :class:`AntivenomRefusal`, or lets pass. One for each conda command."""

    def __init__(self, verifier: Verifier, channels: Sequence[str], subdirs: Sequence[str]) -> None:
        """``channels``: URLs to look for an archive that lay in no channel; ``subdirs``: those of this platform."""
        self._verifier = verifier
        self._channels = list(channels)
        self._subdirs = list(subdirs)
        self._digests: dict[str, str] = {}

    def check_solution(self, link_precs: Iterable[Any]) -> None:
        self._check([(prec, self._digest(prec)) for prec in link_precs])

    def extract(self, archive: str, folder: str, extract: Callable[[str, str], None]) -> None:
        try:
            sha256 = sha256_of(archive)
            self._prove(url_of(archive), os.path.basename(archive), sha256)
        except AntivenomRefusal:
            # What is not proved does not stay in the cache: conda would try to extract it again with every command.
            with contextlib.suppress(OSError):
                os.remove(archive)
            raise
        extract(archive, folder)
        self._digests[os.path.abspath(folder)] = sha256

    def check_transaction(self, link_precs: Iterable[Any]) -> None:
        linked = [(prec, PackageCacheData.get_entry_to_link(prec)) for prec in link_precs]
        verdicts = self._check([(prec, self._digest(entry)) for prec, entry in linked])
        for (prec, entry), verdict in zip(linked, verdicts):
            if verdict.get("evidence") == []:
                continue  # let through by name, with a warning: there is nothing to hold the archive against
            sha256 = self._digest(entry)
            if sha256 is None:
                raise _no_archive(entry)
            if sha256 == verdict.get("sha256"):
                continue
            # conda takes what its cache has of a build, be it the `.conda` or the `.tar.bz2`: then that file of the
            # same index is proved. Where the cache's record says that it came from counts for nothing.
            if stem_of(entry.fn) != stem_of(prec.fn):
                message = f"the package cache holds {entry.fn} in the place of {prec.fn}."
                raise AntivenomRefusal("name-mismatch", message, _fetch_anew(entry), {"file": entry.fn})
            subdir = str(verdict.get("file")).split("/")[0]
            other = self._check_file([verdict.get("channel")], [subdir], entry.fn, sha256)
            if not is_accepted(other):
                raise AntivenomRefusal.by_answer({**other, "hint": _fetch_anew(entry)})

    def _check(self, records: list[tuple[Any, str | None]]) -> list[Answer]:
        """The verdicts on records, each with the SHA-256 of its archive in the cache where there is one."""
        if not records:
            return []
        questions = []
        for prec, sha256 in records:
            question = {"url": prec.url or "", "record": prec.dump()}
            if isinstance(prec, PackageCacheRecord):
                # conda made it from the archive's own index.json, so nothing but the archive's bytes tells anything.
                if sha256 is None:
                    raise _no_archive(prec)
                question["origin"] = "archive"
                question["record"]["sha256"] = sha256
            questions.append(question)
        verdicts = self._verifier.check(questions)
        for at, ((prec, sha256), verdict) in enumerate(zip(records, verdicts)):
            if isinstance(prec, PackageCacheRecord) and _is_elsewhere(prec.url, verdict):
                verdict = self._check_file_of_channels(prec.fn, sha256) or verdict
            if isinstance(prec, PackageCacheRecord) and verdict.get("code") in ("record-differs", "hash-mismatch"):
                verdict = {**verdict, "hint": _fetch_anew(prec)}  # conda took it from its cache, not from the channel
            verdicts[at] = verdict
        refused = [(prec.fn, verdict) for (prec, _), verdict in zip(records, verdicts) if not is_accepted(verdict)]
        if refused:
            raise AntivenomRefusal.by_verdicts(refused)
        return verdicts

    def _prove(self, url: str | None, file: str, sha256: str) -> None:
        """That an archive is one that a trusted channel lists."""
        verdict = None
        if url:
            verdict = self._verifier.check_file({"url": url, "sha256": sha256})
        if verdict is None or _is_elsewhere(url, verdict):
            verdict = self._check_file_of_channels(file, sha256) or verdict
        if verdict is None:
            message = f"nothing says which channel {file} is from."
            raise AntivenomRefusal("not-trusted", message, "Install it by name or by its URL.")
        if not is_accepted(verdict):
            raise AntivenomRefusal.by_answer(verdict)

    def _check_file_of_channels(self, file: str, sha256: str) -> Answer | None:
        return self._check_file(self._channels, self._subdirs, file, sha256) if self._channels else None

    def _check_file(self, channels: list[str], subdirs: list[str], file: str, sha256: str) -> Answer:
        return self._verifier.check_file({"channels": channels, "subdirs": subdirs, "file": file, "sha256": sha256})

    def _digest(self, entry: Any) -> str | None:
        """The SHA-256 of the archive of a cache's record; none where that is gone, or the record is no cache's."""
        if not isinstance(entry, PackageCacheRecord):
            return None
        folder = os.path.abspath(entry.extracted_package_dir)
        if folder not in self._digests:
            archive = archive_of(folder, entry.fn)
            if not os.path.isfile(archive):
                return None
            self._digests[folder] = sha256_of(archive)
        return self._digests[folder]


def _is_elsewhere(url: str | None, verdict: Answer) -> bool:
    """Whether an archive lies in a folder that is no channel, so that the channels are to be asked for it."""
    return verdict.get("code") == "not-trusted" and (not url or url.startswith("file:"))


def _no_archive(entry: Any) -> AntivenomRefusal:
    message = f"the package cache holds {entry.fn} extracted, but not the archive, so nothing proves it."
    return AntivenomRefusal("no-archive", message, _fetch_anew(entry), {"file": entry.fn})


def _fetch_anew(entry: Any) -> str:
    folder = entry.extracted_package_dir
    return f"Remove {folder} and {archive_of(folder, entry.fn)}: conda then fetches it anew."

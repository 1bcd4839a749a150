"""Stands for conda/core/package_cache_data.py, and two classes of conda/core/path_actions.py that fetch and extract."""

import hashlib
import json
import os
import shutil
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from conda import CondaError, CondaMultiError
from conda.base.context import context
from conda.models.channel import Channel
from conda.models.records import PackageCacheRecord, PackageRecord

EXTENSION = ".tar.bz2"


def _digest(algorithm, path):
    with open(path, "rb") as file:
        return hashlib.new(algorithm, file.read()).hexdigest()


class PackageCacheData:
    _cache_ = {}

    def __new__(cls, pkgs_dir):
        if pkgs_dir not in cls._cache_:
            cls._cache_[pkgs_dir] = super().__new__(cls)
            cls._cache_[pkgs_dir].load(pkgs_dir)
        return cls._cache_[pkgs_dir]

    def load(self, pkgs_dir):
        self.pkgs_dir = pkgs_dir
        self.records = []
        os.makedirs(pkgs_dir, exist_ok=True)
        for name in sorted({name.removesuffix(EXTENSION) for name in os.listdir(pkgs_dir) if name != "urls.txt"}):
            self.records.append(self._make_single_record(os.path.join(pkgs_dir, name)))

    def _make_single_record(self, folder):
        archive = folder + EXTENSION
        paths = {"package_tarball_full_path": archive, "extracted_package_dir": folder}
        written = os.path.join(folder, "info", "repodata_record.json")
        if os.path.isfile(written):
            with open(written, encoding="utf-8") as file:
                return PackageCacheRecord(**json.load(file), **paths)
        # A loose archive, or a folder without a record: conda extracts the one, and reads the other's index.json.
        if not os.path.isdir(folder):
            context.plugin_manager.extract_package(archive, folder)
        with open(os.path.join(folder, "info", "index.json"), encoding="utf-8") as file:
            index = json.load(file)
        url = next((url for url in reversed(self.urls()) if url.endswith("/" + os.path.basename(archive))), None)
        more = {"url": url, "fn": os.path.basename(archive), "channel": url and Channel(url).canonical_name}
        return PackageCacheRecord(**{**index, **more, **paths})

    def urls(self):
        file = os.path.join(self.pkgs_dir, "urls.txt")
        return open(file, encoding="utf-8").read().split() if os.path.exists(file) else []

    def add_url(self, url):
        with open(os.path.join(self.pkgs_dir, "urls.txt"), "a", encoding="utf-8") as file:
            file.write(url + "\n")

    @classmethod
    def query_all(cls, record):
        return (each for pkgs_dir in context.pkgs_dirs for each in cls(pkgs_dir).records if each == record)

    @classmethod
    def get_entry_to_link(cls, record):
        entry = next((each for each in cls.query_all(record) if each.is_extracted), None)
        if entry is None:
            raise CondaError(f"No package '{record.fn}' found in cache directories.")
        return entry


class ProgressiveFetchExtract:
    """Of records; or of dicts with ``url`` and perhaps ``md5`` or ``sha256``, as conda parses an @EXPLICIT file."""

    def __init__(self, wanted):
        self.wanted = list(wanted)

    def execute(self):
        """The cache records, in order."""
        # conda's prepare() reads the caches before its threads begin.
        for pkgs_dir in context.pkgs_dirs:
            PackageCacheData(pkgs_dir)
        with ThreadPoolExecutor(3) as executor:
            futures = [executor.submit(self._fetch_extract, each) for each in self.wanted]
        errors = [future.exception() for future in futures if future.exception()]
        if errors:
            raise CondaMultiError(errors)
        return [future.result() for future in futures]

    def _fetch_extract(self, wanted):
        members = wanted.dump() if isinstance(wanted, PackageRecord) else wanted
        cached = self._cached(members)
        return cached or self._extract(wanted, self._download(members))

    @staticmethod
    def _cached(members):
        for pkgs_dir in context.pkgs_dirs:
            for each in PackageCacheData(pkgs_dir).records:
                same = each == PackageRecord(**members) if "name" in members else each.url == members["url"]
                # conda compares neither the SHA-256, nor what one of the two does not have.
                held = each.dump()
                agree = all(not members.get(m) or not held.get(m) or members[m] == held[m] for m in ("size", "md5"))
                if same and agree and each.is_extracted and each.url:
                    return each
        return None

    @staticmethod
    def _download(members):
        cache = PackageCacheData(context.pkgs_dirs[0])
        archive = os.path.join(cache.pkgs_dir, members["url"].rsplit("/", 1)[-1])
        if context.offline and not members["url"].startswith("file:"):
            raise CondaError("offline")
        with urllib.request.urlopen(members["url"]) as response, open(archive, "wb") as file:
            shutil.copyfileobj(response, file)
        for algorithm in ("sha256", "md5"):
            if members.get(algorithm):
                if _digest(algorithm, archive) != members[algorithm]:
                    os.remove(archive)
                    raise CondaError("ChecksumMismatchError")
                break
        cache.add_url(members["url"])
        return archive

    @staticmethod
    def _extract(wanted, archive):
        folder = archive.removesuffix(EXTENSION)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            context.plugin_manager.extract_package(archive, folder)
        except Exception:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        with open(os.path.join(folder, "info", "index.json"), encoding="utf-8") as file:
            index = json.load(file)
        if isinstance(wanted, PackageRecord):
            record = PackageRecord.from_objects(wanted, index)
        else:
            url = wanted["url"]
            computed = {name: wanted.get(name) or _digest(name, archive) for name in ("sha256", "md5")}
            where = {"url": url, "channel": Channel(url).canonical_name, "fn": os.path.basename(url)}
            record = PackageRecord.from_objects(index, **where, size=os.path.getsize(archive), **computed)
        with open(os.path.join(folder, "info", "repodata_record.json"), "w", encoding="utf-8") as file:
            json.dump(record.dump(), file)
        paths = {"package_tarball_full_path": archive, "extracted_package_dir": folder}
        cached = PackageCacheRecord.from_objects(record, **paths)
        PackageCacheData(os.path.dirname(archive)).records.append(cached)
        return cached

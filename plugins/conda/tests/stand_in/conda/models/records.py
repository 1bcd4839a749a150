"""Stands for conda/models/records.py."""

import os


class PackageRecord:
    def __init__(self, **members):
        self._members = members

    @classmethod
    def from_objects(cls, *objects, **members):
        """The first that has a member has the word; keyword arguments have it before all."""
        found = {}
        for each in reversed(objects):
            found.update(each._members if isinstance(each, PackageRecord) else each)
        return cls(**{**found, **members})

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._members.get(name)

    @property
    def _pkey(self):
        return tuple(
            self._members.get(name) for name in ("channel", "subdir", "name", "version", "build_number", "build")
        )

    def __eq__(self, other):
        return self._pkey == other._pkey

    def __hash__(self):
        return hash(self._pkey)

    def dump(self):
        return dict(self._members)


class PackageCacheRecord(PackageRecord):
    @property
    def is_extracted(self):
        return os.path.isfile(os.path.join(self.extracted_package_dir, "info", "index.json"))

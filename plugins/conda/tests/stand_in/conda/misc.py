"""Stands for conda/misc.py."""

from conda.core.link import UnlinkLinkTransaction
from conda.core.package_cache_data import ProgressiveFetchExtract


def explicit(specs, prefix):
    """Of dicts with ``url`` and perhaps ``md5`` or ``sha256``; ``conda create --clone`` comes here too."""
    records = ProgressiveFetchExtract(specs).execute()
    return UnlinkLinkTransaction(prefix, (), records)

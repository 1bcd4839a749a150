"""Stands for conda/plugins/package_extractors/conda.py."""

import tarfile

from conda.plugins import hookimpl
from conda.plugins.types import CondaPackageExtractor


def _extract(archive, folder):
    with tarfile.open(archive, "r:bz2") as tar:
        tar.extractall(folder)


@hookimpl
def conda_package_extractors():
    yield CondaPackageExtractor(name="conda-package", extensions=[".tar.bz2", ".conda"], extract=_extract)

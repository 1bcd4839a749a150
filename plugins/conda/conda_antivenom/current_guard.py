"""The guard of this conda command. As in `plugin`, nothing is imported before it is needed."""

from __future__ import annotations

import functools
import os
from threading import Lock
from typing import TYPE_CHECKING

from . import __version__

if TYPE_CHECKING:
    from .guard import Guard

_making = Lock()


def guard() -> Guard:
    """The one of this conda command; its process starts with the first question."""
    with _making:  # conda extracts in threads
        return _make_guard()


@functools.cache
def _make_guard() -> Guard:
    import conda
    from conda.base.context import context
    from conda.models.channel import Channel

    from .guard import Guard
    from .settings import command
    from .verifier import Verifier

    client = f"conda-antivenom/{__version__} conda/{conda.__version__}"
    channels = [url for channel in context.channels for url in Channel(channel).base_urls if url]
    return Guard(Verifier(lambda: command(context.plugins, os.environ), client), channels, context.subdirs)

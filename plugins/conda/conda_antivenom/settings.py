"""From conda's settings and environment to the command that is asked."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from typing import Any

from .refusal import AntivenomRefusal

EXECUTABLE_VARIABLE = "CONDA_ANTIVENOM_EXECUTABLE"

DESCRIPTIONS = {
    "antivenom_executable": "The executable of Antivenom, by default the one beside conda, else the one in PATH.",
    "antivenom_home": "Antivenom's home folder: the channels that are trusted, and its cache.",
    "antivenom_policy": "Antivenom's policy file, by default antivenom.yaml in its home folder.",
    "antivenom_allow_untrusted": "Channels that nobody told Antivenom to trust, and that are let through unverified.",
}


def command(plugins: Any, environ: Mapping[str, str]) -> list[str]:
    """The command line, by ``context.plugins`` and the environment.

    Raises :class:`AntivenomRefusal` where there is no executable.
    """
    from conda.models.channel import Channel

    argv = [_executable(environ.get(EXECUTABLE_VARIABLE) or plugins.antivenom_executable, environ), "check-records"]
    if plugins.antivenom_home:
        argv += ["--home", os.path.expanduser(plugins.antivenom_home)]
    if plugins.antivenom_policy:
        argv += ["--policy", os.path.expanduser(plugins.antivenom_policy)]
    for channel in plugins.antivenom_allow_untrusted:
        for url in Channel(channel).base_urls:
            argv += ["--allow-untrusted", url]
    return argv


def _executable(named: str, environ: Mapping[str, str]) -> str:
    beside = os.path.join(sys.prefix, "Scripts" if sys.platform == "win32" else "bin")
    found = shutil.which(
        os.path.expanduser(named) or "antivenom",
        path=os.pathsep.join([beside, environ.get("PATH", os.defpath)]),
    )
    # Windows looks into the working directory first, where anything may lie.
    if found is None or not os.path.isabs(found):
        raise AntivenomRefusal(
            "no-executable",
            f"there is no executable {named or 'antivenom'}, so nothing can be proved.",
            f"Install Antivenom, or name its executable by an absolute path in {EXECUTABLE_VARIABLE}.",
        )
    return found

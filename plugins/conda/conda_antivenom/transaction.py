"""The action that conda makes for each environment before it changes anything there."""

from __future__ import annotations

import contextlib
import os

from conda.core.path_actions import Action

from .current_guard import guard


class ProveBeforeLinking(Action):
    """Checks when it is made, not when it is verified or executed.

    conda leaves out ``verify`` with ``safety_checks: disabled``, and after an ``execute`` that fails it goes on to
    unlink what the new packages were to replace, running their scripts, before it stops. Actions are made before
    either, whatever the settings.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        try:
            self._check()
        except BaseException:
            # conda has made the folder of a new environment already, and would leave it.
            if self.target_prefix in (self.transaction_context or {}).get("created_prefixes", ()):
                with contextlib.suppress(OSError):
                    os.rmdir(self.target_prefix)
            raise

    def _check(self) -> None:
        if self.link_precs:
            guard().check_transaction(self.link_precs)

    def verify(self) -> None:
        self._verified = True

    def execute(self) -> None:
        self._check()

    def reverse(self) -> None:
        pass

    def cleanup(self) -> None:
        pass

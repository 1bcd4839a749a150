"""Stands for conda/core/link.py. ``done`` says what was done to the environment: ``linked NAME``, ``unlinked NAME``."""

import os

from conda import CondaMultiError
from conda.base.context import context
from conda.core.package_cache_data import PackageCacheData, ProgressiveFetchExtract


class UnlinkLinkTransaction:
    def __init__(self, target_prefix, unlink_precs, link_precs):
        self.target_prefix = target_prefix
        self.unlink_precs = tuple(unlink_precs)
        self.link_precs = tuple(link_precs)
        self.done = []

    def execute(self):
        ProgressiveFetchExtract(self.link_precs).execute()
        actions = self._prepare()
        if context.safety_checks != "disabled":
            errors = [error for error in (action.verify() for action in actions) if error]
            if errors:
                raise CondaMultiError(errors)
        self._execute(actions)

    def _prepare(self):
        created = {"created_prefixes": set()}
        if not os.path.isdir(self.target_prefix):
            os.makedirs(self.target_prefix)
            created["created_prefixes"].add(self.target_prefix)
        for prec in self.link_precs:
            PackageCacheData.get_entry_to_link(prec)
        made = (created, self.target_prefix, self.unlink_precs, self.link_precs, (), (), ())
        return [hook.action(*made) for hook in context.plugin_manager.get_hook_results("pre_transaction_actions")]

    def _execute(self, actions):
        errors = []
        for action in actions:
            try:
                action.execute()
            except Exception as error:
                errors.append(error)
        self.done += [f"unlinked {prec.name}" for prec in self.unlink_precs]
        if errors:
            if context.rollback_enabled:
                self.done.clear()
            raise CondaMultiError(errors)
        self.done += [f"linked {prec.name}" for prec in self.link_precs]

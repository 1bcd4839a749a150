"""The hooks that conda calls.

conda warns and goes on without a plugin that it cannot import. So nothing is imported here that could be missing; what
is missing later stops conda.
"""

from __future__ import annotations

import os

from conda.plugins import hookimpl, types

from .current_guard import guard

NAME = "antivenom"
EXTRACTOR = "~antivenom"
"""conda sorts extractors by name and takes the last one of an extension: this name stands behind all others.

Under its own extractor's name conda would not call a plugin at all, but extract in processes of its own.
"""
EXTENSIONS = (".conda", ".tar.bz2")


@hookimpl
def conda_settings():
    from conda.common.configuration import PrimitiveParameter, SequenceParameter

    from .settings import DESCRIPTIONS

    for name, description in DESCRIPTIONS.items():
        text = PrimitiveParameter("", element_type=str)
        parameter = SequenceParameter(text) if name == "antivenom_allow_untrusted" else text
        yield types.CondaSetting(name=name, description=description, parameter=parameter)


@hookimpl
def conda_post_solves():
    yield types.CondaPostSolve(name=NAME, action=_after_solve)


@hookimpl
def conda_package_extractors():
    yield types.CondaPackageExtractor(name=EXTRACTOR, extensions=list(EXTENSIONS), extract=_extract)


@hookimpl
def conda_pre_transaction_actions():
    from .transaction import ProveBeforeLinking

    yield types.CondaPreTransactionAction(name=NAME, action=ProveBeforeLinking)


def _after_solve(repodata_fn, unlink_precs, link_precs) -> None:
    from .refusal import AntivenomRefusal

    if not link_precs:
        return
    if not hasattr(types, "CondaPackageExtractor"):
        message = "this conda does not let plugins extract packages."
        raise AntivenomRefusal("usage", message, "Install conda 26.1 or newer.")
    guard().check_solution(link_precs)


def _extract(archive, folder) -> None:
    from conda.base.context import context

    archive, folder = os.fspath(archive), os.fspath(folder)
    others = [each for each in context.plugin_manager.get_hook_results("package_extractors") if each.name != EXTRACTOR]
    able = [each for each in others if archive.lower().endswith(tuple(each.extensions))]
    guard().extract(archive, folder, able[-1].extract)

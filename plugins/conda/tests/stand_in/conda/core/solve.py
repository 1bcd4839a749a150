"""Stands for conda/core/solve.py and conda/core/subdir_data.py: no solver, but what stands around one."""

import json
import urllib.request

from conda.base.context import context
from conda.core.link import UnlinkLinkTransaction
from conda.models.channel import Channel
from conda.models.records import PackageRecord


def read_index(channel, subdir):
    """The records of an index by name, as SubdirData makes them of it."""
    with urllib.request.urlopen(f"{channel}/{subdir}/repodata.json") as response:
        repodata = json.load(response)
    records = {}
    for fn, info in {**repodata["packages"], **repodata["packages.conda"]}.items():
        if info["name"] == "python" and info["version"].startswith(("2.", "3.")):
            info["depends"].append("pip")
        where = {"channel": Channel(channel).canonical_name, "fn": fn, "url": f"{channel}/{subdir}/{fn}"}
        records[info["name"]] = PackageRecord(**{**info, "subdir": subdir, **where})
    return records


def solve_for_transaction(prefix, link_precs, unlink_precs=()):
    context.plugin_manager.invoke_post_solves("repodata.json", tuple(unlink_precs), tuple(link_precs))
    return UnlinkLinkTransaction(prefix, unlink_precs, link_precs)

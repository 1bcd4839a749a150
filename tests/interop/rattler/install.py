"""Solves and installs with rattler what its argument or standard input asks for, and tells the outcome as one JSON document."""

import asyncio
import json
import os
import sys
import tomllib

from rattler import Channel, Client, Gateway, install, solve
from rattler.networking.middleware import MirrorMiddleware


async def main(asked):
    mirrors = asked["mirrors"]
    if mirrors == "of pixi":
        with open(os.environ["PIXI_CONFIG_FILE"], "rb") as file:
            mirrors = tomllib.load(file)["mirrors"]
    client = Client([MirrorMiddleware(mirrors)] if mirrors else None)
    # Without a cache of its own, the one that the environment names.
    cache = asked.get("cache") or os.environ["RATTLER_CACHE_DIR"]
    gateway = Gateway(cache_dir=os.path.join(cache, "repodata"), client=client)
    records = await solve(
        [Channel(url) for url in asked["channels"]],
        asked["specs"],
        gateway=gateway,
        platforms=["linux-64", "noarch"],
        timestamp_policy="allow-missing-timestamp" if asked.get("old") else "require-timestamp",
    )
    solved = [record.url for record in records]
    await install(
        records,
        asked["prefix"],
        cache_dir=os.path.join(cache, "pkgs"),
        client=client,
        show_progress=False,
        execute_link_scripts=False,
    )
    return solved


asked = json.loads(sys.argv[1]) if len(sys.argv) > 1 else json.load(sys.stdin)
try:
    outcome = {"ok": True, "solved": asyncio.run(main(asked))}
except BaseException as error:
    outcome = {"ok": False, "error": str(error)}
print(json.dumps(outcome), flush=True)
# Its interpreter ends with a crash otherwise.
os._exit(0)

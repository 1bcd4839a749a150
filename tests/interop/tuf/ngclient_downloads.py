"""Updates from a TUF repository with python-tuf's own client, downloads what stdin names, and prints where each file went.

Arguments: metadata URL, target URL, the trusted root, a folder for the client's state.
"""

import json
import sys
from pathlib import Path

from tuf.ngclient import Updater


def main(metadata_url: str, target_url: str, root: str, folder: str) -> None:
    metadata, targets = Path(folder, "metadata"), Path(folder, "targets")
    targets.mkdir(parents=True, exist_ok=True)
    updater = Updater(
        metadata_dir=str(metadata),
        metadata_base_url=metadata_url,
        target_dir=str(targets),
        target_base_url=target_url,
        bootstrap=Path(root).read_bytes(),
    )
    updater.refresh()
    places = {}
    for name in json.load(sys.stdin):
        info = updater.get_targetinfo(name)
        assert info is not None, f"no role lists {name}"
        places[name] = updater.download_target(info)
    print(json.dumps(places))


main(*sys.argv[1:])

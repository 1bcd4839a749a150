"""Reads a TUF repository as python-tuf does, and prints what it saw as JSON; fails on anything that does not verify."""

import json
import sys
from pathlib import Path

from securesystemslib.signer._utils import compute_default_keyid
from tuf.api.metadata import Metadata


def main(folder: Path) -> None:
    def read(name: str) -> Metadata:
        data = (folder / f"{name}.json").read_bytes()
        metadata = Metadata.from_bytes(data)
        # What python-tuf writes anew is what was signed: nothing was lost on the way in.
        assert Metadata.from_bytes(metadata.to_bytes()).signed == metadata.signed
        return metadata

    root, timestamp, snapshot, targets = map(read, ["root", "timestamp", "snapshot", "targets"])
    for name, metadata in [("root", root), ("timestamp", timestamp), ("snapshot", snapshot), ("targets", targets)]:
        root.signed.verify_delegate(name, metadata.signed_bytes, metadata.signatures)
    timestamp.signed.snapshot_meta.verify_length_and_hashes((folder / "snapshot.json").read_bytes())
    delegated = []
    for name in targets.signed.delegations.roles:
        metadata = read(name)
        targets.signed.verify_delegate(name, metadata.signed_bytes, metadata.signatures)
        snapshot.signed.meta[f"{name}.json"].verify_length_and_hashes((folder / f"{name}.json").read_bytes())
        for path, target in metadata.signed.targets.items():
            target.verify_length_and_hashes(b"content")
            roles = targets.signed.delegations.get_roles_for_target(path)
            delegated.append([path, [role for role, _ in roles]])
    print(
        json.dumps(
            {
                "versions": [m.signed.version for m in (root, timestamp, snapshot, targets)],
                "expires": root.signed.expires.isoformat(),
                "keys": sorted(root.signed.keys),
                "computed_keys": sorted(
                    compute_default_keyid(key.keytype, key.scheme, key.keyval) for key in root.signed.keys.values()
                ),
                "delegated": delegated,
            }
        )
    )


main(Path(sys.argv[1]))

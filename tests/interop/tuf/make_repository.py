"""Makes a TUF repository with python-tuf: a delegation of each kind, keys of each type, and a rotation of every top-level key.

Argument: the folder to write `metadata/` and `targets/` to. Prints target path → text of what is listed.
"""

import json
import sys
from datetime import datetime, timedelta, timezone
from hashlib import sha256, sha512
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)

EXPIRES = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=30)
KEYS = [CryptoSigner.generate_ed25519, CryptoSigner.generate_ecdsa, CryptoSigner.generate_rsa]
TOP = ["root", "timestamp", "snapshot", "targets"]
BITS = 5


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "metadata").mkdir(parents=True)
        self.root = Root(expires=EXPIRES, consistent_snapshot=True)
        self.signers = {}
        self.listed = {}
        self.snapshot = Snapshot(expires=EXPIRES)
        self.timestamp = Timestamp(expires=EXPIRES)
        self.replace_keys()

    def replace_keys(self) -> None:
        """Each role gets two new keys of two types, and both must sign."""
        for at, role in enumerate(TOP):
            for keyid in list(self.root.roles[role].keyids):
                self.root.revoke_key(keyid, role)
            self.signers[role] = [KEYS[at % 3](), KEYS[(at + 1) % 3]()]
            for signer in self.signers[role]:
                self.root.add_key(signer.public_key, role)
            self.root.roles[role].threshold = 2

    def write(self, name: str, signed, signers) -> bytes:
        metadata = Metadata(signed)
        for signer in signers:
            metadata.sign(signer, append=True)
        data = metadata.to_bytes()
        versioned = name if name == "timestamp" else f"{signed.version}.{name}"
        (self.folder / "metadata" / f"{versioned}.json").write_bytes(data)
        return data

    def write_root(self, *more) -> None:
        self.write("root", self.root, [*self.signers["root"], *more])

    def write_targets(self, name: str, targets: Targets, signers) -> None:
        data = self.write(name, targets, signers)
        self.snapshot.meta[f"{name}.json"] = MetaFile(targets.version, len(data), {"sha256": sha256(data).hexdigest()})

    def list(self, targets: Targets, path: str) -> None:
        content = f"{path} of version {targets.version}"
        algorithms = ["sha256", "sha512"] if len(self.listed) % 2 else ["sha512"]
        target = TargetFile.from_data(path, content.encode(), algorithms)
        targets.targets[path] = target
        self.listed[path] = content
        for digest in target.hashes.values():
            file = self.folder / "targets" / path
            file = file.with_name(f"{digest}.{file.name}")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)

    def flip(self) -> None:
        data = self.write("snapshot", self.snapshot, self.signers["snapshot"])
        self.timestamp.snapshot_meta = MetaFile(
            self.snapshot.version, len(data), {"sha512": sha512(data).hexdigest()}
        )
        self.write("timestamp", self.timestamp, self.signers["timestamp"])


def delegate(parent: Targets, signer, **role) -> None:
    parent.delegations.roles[role["name"]] = DelegatedRole(keyids=[], threshold=1, **role)
    parent.add_key(signer.public_key, role["name"])


def publish(repository: Repository, version: int) -> None:
    top = Targets(version, expires=EXPIRES, delegations=Delegations({}, roles={}))
    repository.list(top, "top.txt")
    team, nested, hashed, bins = (KEYS[at % 3]() for at in range(4))
    delegate(top, team, name="team ä?", paths=["team/*", "team/*/*"], terminating=True)
    delegate(top, hashed, name="hashed", path_hash_prefixes=[sha256(b"by-hash.txt").hexdigest()[:4]], terminating=False)
    delegate(top, bins, name="bins", paths=["*/*.bin"], terminating=False)

    of_team = Targets(version, expires=EXPIRES, delegations=Delegations({}, roles={}))
    repository.list(of_team, "team/own.txt")
    delegate(of_team, nested, name="nested", paths=["team/nested/[a-c]?.txt"], terminating=False)
    of_nested = Targets(version, expires=EXPIRES)
    repository.list(of_nested, "team/nested/b1.txt")
    of_hashed = Targets(version, expires=EXPIRES)
    repository.list(of_hashed, "by-hash.txt")

    succinct = SuccinctRoles([], 1, BITS, "bin")
    of_bins = Targets(version, expires=EXPIRES, delegations=Delegations({}, succinct_roles=succinct))
    of_bins.add_key(bins.public_key)
    in_bins = {name: Targets(version, expires=EXPIRES) for name in succinct.get_roles()}
    for at in range(12):
        path = f"many/file {at}.bin"
        repository.list(in_bins[succinct.get_role_for_target(path)], path)

    repository.write_targets("nested", of_nested, [nested])
    repository.write_targets("team ä?", of_team, [team])
    repository.write_targets("hashed", of_hashed, [hashed])
    for name, targets in in_bins.items():
        repository.write_targets(name, targets, [bins])
    repository.write_targets("bins", of_bins, [bins])
    repository.write_targets("targets", top, repository.signers["targets"])
    repository.snapshot.version = repository.timestamp.version = version
    repository.flip()


def main(folder: str) -> None:
    repository = Repository(Path(folder, "first"))
    repository.write_root()
    publish(repository, 1)
    first = dict(repository.listed)
    # The same repository, three roots later.
    repository.folder = Path(folder, "second")
    (repository.folder / "metadata").mkdir(parents=True)
    old = []
    for _ in range(3):
        old = repository.signers["root"]
        repository.replace_keys()
        repository.root.version += 1
        repository.write_root(*old)
    publish(repository, 2)
    print(json.dumps([first, repository.listed]))


main(*sys.argv[1:])

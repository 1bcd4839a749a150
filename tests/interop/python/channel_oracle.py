"""Verifies the record signatures of a channel folder as conda-content-trust and as mamba 2.8 do, each root by the one before.

Reads {"folder", "root", "client": "conda" | "mamba", "now": "YYYY-MM-DDTHH:MM:SSZ", "index": path of a repodata.json, below the
folder} from stdin; `root` is the path of the first root that the client trusts. Prints {"refused": why}, or {"root": version,
"signed": [file names], "refused": [file names], "unsigned": [file names]}.
"""

import json
import pathlib
import sys

from cct_oracle import cct_canonical, good_keys, is_good
from mamba_projection import mamba_canonical, project

DELEGATES = {"root": {"root", "key_mgr"}, "key_mgr": {"pkg_mgr"}, "pkg_mgr": set()}


class Refused(Exception):
    pass


def insist(condition, why):
    if not condition:
        raise Refused(why)


class Conda:
    """Roots count OpenPGP's shape alone, all else the raw one. `pkg_mgr` is a delegation, not a file."""

    base = "cct"
    canonical = staticmethod(cct_canonical)

    def keys(self, role, canonical, signatures, pubkeys):
        return good_keys(canonical, signatures, pubkeys, role == "root")

    def roots_after(self, base, version):
        return [base / f"{version + 1}.root.json"]

    def signable(self, record, has_pip):
        return record


class Mamba:
    """Either shape counts. A member that is no text spoils the signatures of a record as a whole."""

    base = ""
    canonical = staticmethod(mamba_canonical)

    def keys(self, role, canonical, signatures, pubkeys):
        for entry in signatures.values():
            insist("signature" in entry and all(isinstance(member, str) for member in entry.values()), "type_error")
        return {key for key, entry in signatures.items() if key in pubkeys and is_good(canonical, key, entry)}

    def roots_after(self, base, version):
        return [base / f"{version + 1}.{infix}root.json" for infix in ("sv1.", "sv0.7.", "sv0.6.", "")]

    def signable(self, record, has_pip):
        return project(record, has_pip)


class Chain:
    def __init__(self, client, base, root, now):
        self.client, self.now = client, now
        self.root = json.loads(pathlib.Path(root).read_bytes())
        self.check("root", self.root, self.root)
        while newer := [path for path in client.roots_after(base, self.version) if path.exists()]:
            insist(newer[0].name == f"{self.version + 1}.root.json", f"{newer[0].name} is of another specification")
            update = json.loads(newer[0].read_bytes())
            insist(update["signed"]["version"] == self.version + 1, "the version of the root")
            self.check("root", update, self.root)
            self.check("root", update, update)
            self.root = update
        self.unexpired(self.root)
        self.key_mgr = json.loads((base / "key_mgr.json").read_bytes())
        self.check("key_mgr", self.key_mgr, self.root)
        self.unexpired(self.key_mgr)
        if isinstance(client, Mamba):
            pkg_mgr = json.loads((base / "pkg_mgr.json").read_bytes())
            self.check("pkg_mgr", pkg_mgr, self.key_mgr)
            self.unexpired(pkg_mgr)

    @property
    def version(self):
        return self.root["signed"]["version"]

    def check(self, role, envelope, delegator):
        signed = envelope["signed"]
        insist(signed["type"] == role, f"the type of {role}")
        insist(set(signed["delegations"]) == DELEGATES[role], f"the delegations of {role}")
        specification = self.root["signed"]["metadata_spec_version"]
        insist(specification.startswith("0.6."), f"the specification of {role}")
        insist(signed["metadata_spec_version"] == specification, f"the specification of {role}")
        insist("version" in signed or isinstance(self.client, Conda), f"the version of {role}")
        insist(self.signed(role, signed, envelope["signatures"], delegator), f"the signatures of {role}")

    def signed(self, role, value, signatures, delegator):
        delegation = delegator["signed"]["delegations"][role]
        keys = self.client.keys(role, self.client.canonical(value), signatures, delegation["pubkeys"])
        return len(keys) >= delegation["threshold"] > 0

    def unexpired(self, envelope):
        insist(self.now < envelope["signed"]["expiration"], f"{envelope['signed']['type']} has expired")

    def records(self, index):
        told = {"root": self.version, "signed": [], "refused": [], "unsigned": []}
        records = index["packages"] | index["packages.conda"]
        has_pip = any(record["name"] == "pip" for record in records.values())
        pubkeys = self.key_mgr["signed"]["delegations"]["pkg_mgr"]["pubkeys"]
        for name, record in records.items():
            signatures = index.get("signatures", {}).get(name, {})
            try:
                signable = self.client.signable(record, has_pip)
                good = self.signed("pkg_mgr", signable, signatures, self.key_mgr)
            except (Refused, TypeError, KeyError):
                good = False
            told["signed" if good else "refused" if set(pubkeys) & set(signatures) else "unsigned"].append(name)
        return told


question = json.load(sys.stdin)
folder = pathlib.Path(question["folder"])
client = Mamba() if question["client"] == "mamba" else Conda()
try:
    chain = Chain(client, folder / client.base, question["root"], question["now"])
    told = chain.records(json.loads((folder / question["index"]).read_bytes()))
except Refused as refused:
    told = {"refused": str(refused)}
json.dump(told, sys.stdout)

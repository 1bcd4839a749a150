"""Verifies CCT metadata with Python's standard library and `cryptography` alone.

Reads {"file", "delegation", "openpgp"} from stdin and prints how many distinct delegated keys signed `file`, an envelope of
`signed` and `signatures`.
"""

import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def cct_canonical(value):
    return json.dumps(value, indent=2, sort_keys=True).encode()


def is_good(canonical, key, entry):
    """`entry` is {"signature"}, or of OpenPGP's shape with "other_headers" beside it."""
    message = canonical
    if "other_headers" in entry:
        headers = bytes.fromhex(entry["other_headers"])
        message = hashlib.sha256(canonical + headers + b"\x04\xff" + len(headers).to_bytes(4, "big")).digest()
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(entry["signature"]), message)
        return True
    except InvalidSignature:
        return False


def good_keys(canonical, signatures, pubkeys, openpgp):
    """The delegated keys that signed in the one shape; those of the other shape count for nothing in conda."""
    return {
        key
        for key, entry in signatures.items()
        if key in pubkeys and ("other_headers" in entry) == openpgp and is_good(canonical, key, entry)
    }


if __name__ == "__main__":
    question = json.load(sys.stdin)
    envelope = json.loads(question["file"])
    delegation = question["delegation"]
    canonical = cct_canonical(envelope["signed"])
    print(len(good_keys(canonical, envelope["signatures"], delegation["pubkeys"], question["openpgp"])))

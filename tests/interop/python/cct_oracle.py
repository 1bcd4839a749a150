"""Verifies CCT metadata with Python's standard library and `cryptography` alone.

Reads {"file", "delegation", "openpgp"} from stdin and prints how many distinct delegated keys signed `file`, an envelope of
`signed` and `signatures`.
"""

import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def is_good(canonical, key, entry, openpgp):
    message = canonical
    if openpgp != ("other_headers" in entry):
        return False
    if openpgp:
        headers = bytes.fromhex(entry["other_headers"])
        message = hashlib.sha256(canonical + headers + b"\x04\xff" + len(headers).to_bytes(4, "big")).digest()
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(entry["signature"]), message)
        return True
    except InvalidSignature:
        return False


question = json.load(sys.stdin)
envelope = json.loads(question["file"])
canonical = json.dumps(envelope["signed"], indent=2, sort_keys=True).encode()
good = {
    key
    for key, entry in envelope["signatures"].items()
    if key in question["delegation"]["pubkeys"] and is_good(canonical, key, entry, question["openpgp"])
}
print(len(good))

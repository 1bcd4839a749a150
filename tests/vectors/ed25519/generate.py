"""Prints vectors.json: Ed25519 triples, and whether RFC 8032 with strict encodings and strong points takes them.

The arithmetic is written out here, apart from every implementation that the vectors are run on.
`python3 generate.py > vectors.json`, then `npm run format`.
"""

import hashlib
import json

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * SQRT_M1 % P
    if (x * x - xx) % P:
        return None
    return x if x % 2 == sign else -x % P


BASE = (recover_x(4 * pow(5, -1, P) % P, 0), 4 * pow(5, -1, P) % P)
IDENTITY = (0, 1)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P


def times(scalar, point):
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def encode(point):
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def little(scalar):
    return scalar.to_bytes(32, "little")


def challenge(r, a, message):
    """Reduced as every implementation does, which matters for keys with a part of small order."""
    return int.from_bytes(hashlib.sha512(r + a + message).digest(), "little") % L


def secret(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little")
    return scalar & ~7 & (1 << 254) - 1 | 1 << 254, digest[32:]


vectors = []


def vector(name, valid, key, message, signature):
    vectors.append(
        {"name": name, "valid": valid, "key": key.hex(), "message": message.hex(), "signature": signature.hex()}
    )


RFC_8032 = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", ""),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82"),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        hashlib.sha512(b"abc").hexdigest(),
    ),
]
for number, (seed, message) in enumerate(RFC_8032, 1):
    seed, message = bytes.fromhex(seed), bytes.fromhex(message)
    a, prefix = secret(seed)
    key = encode(times(a, BASE))
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    big_r = encode(times(r, BASE))
    s = (r + challenge(big_r, key, message) * a) % L
    vector(f"RFC 8032 test {number if number < 4 else 'SHA(abc)'}", True, key, message, big_r + little(s))
    for factor in (1, 2, 8, 15):
        if s + factor * L < 2**256:
            vector(f"test {number} with S + {factor} L", False, key, message, big_r + little(s + factor * L))
    vector(f"test {number} over another message", False, key, message + b"!", big_r + little(s))
    vector(f"test {number} with R of the other sign", False, key, message, bytes([*big_r[:31], big_r[31] ^ 128]) + little(s))
    vector(f"test {number} with S = 0", False, key, message, big_r + little(0))
    vector(f"test {number} with S = L", False, key, message, big_r + little(L))
    vector(f"test {number}, a byte short", False, key, message, (big_r + little(s))[:-1])
    vector(f"test {number}, a byte long", False, key, message, big_r + little(s) + b"\0")
    vector(f"test {number}, empty", False, key, message, b"")

# The points whose order divides 8, and every encoding of each.
y = 2
while True:
    x = recover_x(y, 0)
    if x is not None:
        T8 = times(L, (x, y))
        if times(4, T8) != IDENTITY:
            break
    y += 1
TORSION = [times(i, T8) for i in range(8)]


def encodings(point):
    x, y = point
    found = [("", encode(point))]
    if x == 0:
        found.append((", x = 0 with the sign bit", (y | 1 << 255).to_bytes(32, "little")))
    if y + P < 2**255:
        for sign in (0, 1) if x == 0 else (x & 1,):
            found.append((f", y + p, sign bit {sign}", (y + P | sign << 255).to_bytes(32, "little")))
    return found


def order(i):
    return next(n for n in (1, 2, 4, 8) if i * n % 8 == 0)


vector("the identity signs everything as itself", False, encode(IDENTITY), b"anything", encode(IDENTITY) + little(0))
vector("the identity signs everything as itself, again", False, encode(IDENTITY), b"else", encode(IDENTITY) + little(0))

honest, _ = secret(b"\x01" * 32)
honest_key = encode(times(honest, BASE))

for i, point in enumerate(TORSION):
    for how, encoded in encodings(point):
        # A of small order: with S = r, R = rB - kA satisfies the equation; messages are tried until R's own k fits.
        for n in range(1000):
            message = b"message %d" % n
            r = 12345 + n
            j = n % 8
            big_r = encode(add(times(r, BASE), TORSION[j]))
            if times(challenge(big_r, encoded, message) % 8, point) == TORSION[-j % 8]:
                break
        else:
            raise SystemExit("no message found")
        vector(f"A = {i} T8, of order {order(i)}{how}", False, encoded, message, big_r + little(r))
        # The same with R of small order too, and S = 0.
        for n in range(1000):
            message = b"message %d" % n
            big_r = encode(TORSION[n % 8])
            if times(challenge(big_r, encoded, message) % 8, point) == TORSION[-n % 8]:
                break
        else:
            raise SystemExit("no message found")
        vector(f"A = {i} T8{how}, R of small order, S = 0", False, encoded, message, big_r + little(0))
        # R of small order under an honest key. The cofactored equation holds for all, the plain one for the identity.
        message = b"honest"
        s = challenge(encoded, honest_key, message) * honest % L
        vector(f"R = {i} T8, of order {order(i)}{how}", False, honest_key, message, encoded + little(s))

# Points with a part of small order. The plain equation decides, which is what OpenSSL and libsodium compute.
for i in range(1, 8):
    message = b"mixed R"
    big_r = encode(add(times(777, BASE), TORSION[i]))
    s = (777 + challenge(big_r, honest_key, message) * honest) % L
    vector(f"R = rB + {i} T8", False, honest_key, message, big_r + little(s))
    mixed = encode(add(times(honest, BASE), TORSION[i]))
    for vanishes in (True, False):
        for n in range(1000):
            message = b"mixed A %d" % n
            big_r = encode(times(777 + n, BASE))
            k = challenge(big_r, mixed, message)
            if (times(k % 8, TORSION[i]) == IDENTITY) == vanishes:
                break
        s = (777 + n + k * honest) % L
        how = "vanishes" if vanishes else "stays"
        vector(f"A = aB + {i} T8, whose small part {how}", vanishes, mixed, message, big_r + little(s))

for y in range(2, 19):
    vector(f"A non-canonical, y = p + {y}", False, (P + y).to_bytes(32, "little"), b"", encode(BASE) + little(1))
    if recover_x(y, 0) is None:
        vector(f"A not on the curve, y = {y}", False, y.to_bytes(32, "little"), b"", encode(BASE) + little(1))

print("[\n" + ",\n".join("  " + json.dumps(v) for v in vectors) + "\n]")

"""Answers, for each text on stdin, what Python's standard library makes of it.

A frame is a big-endian 32-bit length and as many bytes. In: UTF-8 texts. Out: `+` and the bytes of
`json.dumps(value, indent=2, sort_keys=True)`; `!` and the reason where Python refuses the text; `-` and the reason where
Python takes what JSON between strict readers must not hold.
"""

import json
import math
import struct
import sys

sys.set_int_max_str_digits(0)


class NotExact(Exception):
    pass


def no_duplicates(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotExact("duplicate key")
    for key in members:
        refuse_lone_surrogates(key)
    return members


def refuse_lone_surrogates(value):
    if any("\ud800" <= unit <= "\udfff" for unit in value):
        raise NotExact("lone surrogate")


def finite(literal):
    value = float(literal)
    if not math.isfinite(value):
        raise NotExact("overflow")
    return value


def constant(name):
    raise NotExact(name)


def check_strings(value):
    if isinstance(value, str):
        refuse_lone_surrogates(value)
    elif isinstance(value, list):
        for item in value:
            check_strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            check_strings(item)


def answer(document):
    try:
        value = json.loads(
            document.decode("utf-8"),
            object_pairs_hook=no_duplicates,
            parse_float=finite,
            parse_constant=constant,
        )
        check_strings(value)
    except NotExact as reason:
        return b"-" + str(reason).encode()
    except ValueError as reason:
        return b"!" + str(reason).encode("utf-8", "backslashreplace")
    return b"+" + json.dumps(value, indent=2, sort_keys=True).encode("ascii")


def main():
    documents, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := documents.read(4):
        (length,) = struct.unpack(">I", head)
        reply = answer(documents.read(length))
        answers.write(struct.pack(">I", len(reply)) + reply)


main()

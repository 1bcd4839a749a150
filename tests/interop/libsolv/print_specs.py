"""Prints match specs as libsolv does, which is how mamba sees them.

Reads a JSON array of texts from stdin; prints one of the same length, with null for a text that libsolv drops. The one argument
is libsolv, built with conda's dialect.
"""

import ctypes
import json
import sys

DISTTYPE_CONDA = 4

solv = ctypes.CDLL(sys.argv[1])
solv.pool_create.restype = ctypes.c_void_p
solv.pool_setdisttype.argtypes = [ctypes.c_void_p, ctypes.c_int]
solv.pool_conda_matchspec.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
solv.pool_dep2str.argtypes = [ctypes.c_void_p, ctypes.c_int]
solv.pool_dep2str.restype = ctypes.c_char_p

pool = solv.pool_create()
solv.pool_setdisttype(pool, DISTTYPE_CONDA)


def printed(text):
    spec = solv.pool_conda_matchspec(pool, text.encode())
    return solv.pool_dep2str(pool, spec).decode() if spec else None


json.dump([printed(text) for text in json.load(sys.stdin)], sys.stdout)

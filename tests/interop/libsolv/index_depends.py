"""What the records of an index depend on as libsolv keeps it, filled in the way mamba fills it.

Reads {"index": repodata, "cache": path or null} from stdin; prints {file name: {"depends": […], "constrains": […]}}. With a
cache the index is written there as a `.solv` file and read back first, as mamba does from its second run on. The one argument is
libsolv, built with conda's dialect, in the folder of its source.
"""

import ctypes
import json
import pathlib
import re
import sys
from ctypes import c_char_p, c_int, c_void_p

DISTTYPE_CONDA = 4
LISTED = -1  # a marker: what stands before the prerequisites

library = pathlib.Path(sys.argv[1])
known = re.findall(r"^KNOWNID\((\w+),", (library.parent / "src/knownid.h").read_text(), re.MULTILINE)
ID = {name: number for number, name in enumerate(known)}
libc = ctypes.CDLL(None)
libc.fopen.restype, libc.fopen.argtypes, libc.fclose.argtypes = c_void_p, [c_char_p, c_char_p], [c_void_p]


def function(name, result, *arguments):
    found = getattr(ctypes.CDLL(str(library)), name)
    found.restype, found.argtypes = result, arguments
    return found


class Queue(ctypes.Structure):
    _fields_ = [("elements", ctypes.POINTER(c_int)), ("count", c_int), ("alloc", c_void_p), ("left", c_int)]


pool_create = function("pool_create", c_void_p)
pool_setdisttype = function("pool_setdisttype", c_int, c_void_p, c_int)
pool_str2id = function("pool_str2id", c_int, c_void_p, c_char_p, c_int)
pool_conda_matchspec = function("pool_conda_matchspec", c_int, c_void_p, c_char_p)
pool_dep2str = function("pool_dep2str", c_char_p, c_void_p, c_int)
repo_create = function("repo_create", c_void_p, c_void_p, c_char_p)
repo_add_solvable = function("repo_add_solvable", c_int, c_void_p)
repo_set_id = function("repo_set_id", None, c_void_p, c_int, c_int, c_int)
repo_add_deparray = function("repo_add_deparray", None, c_void_p, c_int, c_int, c_int, c_int)
repo_add_idarray = function("repo_add_idarray", None, c_void_p, c_int, c_int, c_int)
repo_lookup_deparray = function("repo_lookup_deparray", c_int, c_void_p, c_int, c_int, c_void_p, c_int)
repo_internalize = function("repo_internalize", None, c_void_p)
repo_write = function("repo_write", c_int, c_void_p, c_void_p)
repo_add_solv = function("repo_add_solv", c_int, c_void_p, c_void_p, c_int)


def empty_repo():
    pool = pool_create()
    pool_setdisttype(pool, DISTTYPE_CONDA)
    return pool, repo_create(pool, b"index")


def fill(pool, repo, records):
    """As mamba's `set_solvable`, then its `add_pip_as_python_dependency`."""
    solvables = {}
    for file, record in records.items():
        solvable = solvables[file] = repo_add_solvable(repo)
        for key, text in (("NAME", record["name"]), ("EVR", record["version"]), ("ARCH", "noarch")):
            repo_set_id(repo, solvable, ID[f"SOLVABLE_{key}"], pool_str2id(pool, text.encode(), 1))
        for spec in record.get("depends", []):
            if found := pool_conda_matchspec(pool, spec.encode()):
                repo_add_deparray(repo, solvable, ID["SOLVABLE_REQUIRES"], found, 0)
        for spec in record.get("constrains", []):
            if found := pool_conda_matchspec(pool, spec.encode()):
                repo_add_idarray(repo, solvable, ID["SOLVABLE_CONSTRAINS"], found)
    if any(record["name"] == "pip" for record in records.values()):
        python, pip = pool_conda_matchspec(pool, b"python"), pool_conda_matchspec(pool, b"pip")
        for file, record in records.items():
            if record["name"] == "python" and record["version"][:1] >= "2":
                repo_add_deparray(repo, solvables[file], ID["SOLVABLE_REQUIRES"], pip, 0)
            if record["name"] == "pip":
                marker = ID["SOLVABLE_PREREQMARKER"]
                repo_add_deparray(repo, solvables[file], ID["SOLVABLE_REQUIRES"], python, marker)
    repo_internalize(repo)
    return solvables


def on_file(path, mode, step):
    file = libc.fopen(path.encode(), mode)
    assert step(file) == 0
    libc.fclose(file)


def through(cache, repo):
    on_file(cache, b"wb", lambda file: repo_write(repo, file))
    pool, read = empty_repo()
    on_file(cache, b"rb", lambda file: repo_add_solv(read, file, 0))
    return pool, read


def listed(pool, repo, solvable, key):
    queue = Queue()
    repo_lookup_deparray(repo, solvable, ID[key], ctypes.byref(queue), LISTED)
    return [pool_dep2str(pool, queue.elements[at]).decode() for at in range(queue.count)]


question = json.load(sys.stdin)
pool, repo = empty_repo()
solvables = fill(pool, repo, question["index"].get("packages", {}) | question["index"].get("packages.conda", {}))
if question["cache"] is not None:
    pool, repo = through(question["cache"], repo)
keys = {"depends": "SOLVABLE_REQUIRES", "constrains": "SOLVABLE_CONSTRAINS"}
json.dump(
    {
        file: {name: listed(pool, repo, solvable, key) for name, key in keys.items()}
        for file, solvable in solvables.items()
    },
    sys.stdout,
)

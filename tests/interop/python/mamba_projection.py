"""What mamba 2.8 signs of a record: its projection, with match specs as libsolv prints them."""

import json
import re

LAST_SECOND = 253402300799  # of the year 9999; beyond it a timestamp is of milliseconds


def mamba_canonical(value):
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).encode()


def print_spec(text):
    """As libsolv's `pool_conda_matchspec` reads and `pool_dep2str` prints it; None for a text without a name."""
    text = text.split("\0")[0].rpartition(":")[2]
    name = re.match("[^ =<>!~]*", text)[0]
    rest = text[len(name) :].strip(" ")
    name = re.sub("[A-Z]", lambda letter: letter[0].lower(), name)
    if not name:
        return None
    if not rest:
        return name + " *" if name[0] == "^" or "*" in name else name
    version, build = split_build(rest)
    if version.startswith("=="):
        version = version if build else version[2:]
    elif version.startswith("="):
        if build:
            version = version[1:]
        elif not re.search("[=,|]", version[1:]):
            version = version[1:] + "*"
    return " ".join([name, version.replace(" ", ""), *([build] if build else [])])


def split_build(rest):
    start = len(rest)
    while True:
        while start > 0 and rest[start - 1] not in " -=,|<>~":
            start -= 1
        if start <= 1 or rest[start - 1] not in " =":
            return rest, None
        if rest[start - 2] not in "=!|,<>~":
            return (rest[: start - 1], rest[start:]) if start < len(rest) else (rest, None)
        if rest[start - 1] == "=":
            return rest, None
        start -= 1  # a space after an operator may belong to what follows


def project(record, has_pip):
    """`has_pip`: whether the index has a record named pip; mamba adds it to what python depends on then."""
    printed = [print_spec(spec) for spec in record.get("depends", [])]
    depends = list(dict.fromkeys(spec for spec in printed if spec is not None))
    if has_pip and record["name"] == "python" and record["version"] >= "2" and "pip" not in depends:
        depends.append("pip")
    if has_pip and record["name"] == "pip":
        depends = [spec for spec in depends if spec != "python"]  # it becomes a prerequisite, which is not listed
    constrains = [spec for spec in map(print_spec, record.get("constrains", [])) if spec is not None]
    timestamp = record.get("timestamp", 0)
    return {
        **{name: record.get(name, "") for name in ("name", "version", "subdir", "build", "license", "md5", "sha256")},
        **{name: record.get(name, 0) for name in ("size", "build_number")},
        "timestamp": timestamp // 1000 if timestamp > LAST_SECOND else timestamp,
        "depends": depends,
        **({"constrains": constrains} if constrains else {}),
    }

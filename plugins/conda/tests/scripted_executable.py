"""An executable that says what a test wants, where the real one never would."""

import sys
from pathlib import Path

SCRIPT = """
import json, sys
calls = 0
for line in sys.stdin:
    request = json.loads(line)
    method, id = request["method"], request["id"]
    with open(__file__ + ".log", "a") as log:
        log.write(line)
    answer = {"id": id, "ok": True, "exit": 0}
    if method == "hello":
        answer["protocol"] = 1
    else:
        calls += 1
    verdicts = [{"ok": True, "exit": 0, "sha256": "0" * 64, "evidence": ["index"]} for _ in request.get("records", [])]
    if method == "check":
        answer["verdicts"] = verdicts
%s
    print(answer if isinstance(answer, str) else json.dumps(answer), flush=True)
"""


class ScriptedExecutable:
    def __init__(self, folder: str, behaviour: str = "pass") -> None:
        """``behaviour``: Python that may change ``answer`` and ``verdicts``, by ``request`` and ``calls``."""
        self._script = Path(folder, "executable.py")
        indented = "\n".join("    " + line for line in behaviour.splitlines())
        self._script.write_text(SCRIPT % indented, encoding="utf-8")

    def command(self) -> list:
        return [sys.executable, str(self._script)]

    def asked(self) -> list:
        """The lines that it was asked, of all its processes."""
        log = Path(f"{self._script}.log")
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

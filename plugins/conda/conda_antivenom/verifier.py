"""Asks ``antivenom check-records``: docs/check-protocol.md, from the side of the client."""

from __future__ import annotations

import atexit
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from .refusal import AntivenomRefusal

PROTOCOL = 1
AT_ONCE = 1_000
"""Records in a request: some 2 MB of the 16 that a line may have."""

Answer = dict[str, Any]


def is_accepted(answer: Answer) -> bool:
    """Of an answer or a verdict: nothing else accepts anything."""
    return answer.get("ok") is True and answer.get("exit") == 0


class Verifier:
    """One process, started by the first question and ended with conda. Safe to use from conda's threads.

    Every method raises :class:`AntivenomRefusal` where no answer comes, or one that is not of the protocol.
    """

    def __init__(self, command: Callable[[], list[str]], client: str) -> None:
        """``command`` is asked for the command line when it is needed, and may refuse itself."""
        self._find = command
        self._command: list[str] = []
        self._client = client
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None
        self._asked = 0
        self._accepted: dict[str, Answer] = {}
        self._warned: set[str] = set()

    def check(self, questions: Sequence[Mapping[str, Any]]) -> list[Answer]:
        """The verdicts on records, in their order. What was accepted once is not asked again."""
        keys = [_json(question) for question in questions]
        new = list(dict.fromkeys(key for key in keys if key not in self._accepted))
        told: dict[str, Answer] = {}
        for at in range(0, len(new), AT_ONCE):
            part = new[at : at + AT_ONCE]
            answer = self._ask(f'"method": "check", "records": [{", ".join(part)}]')
            verdicts = answer.get("verdicts")
            if not isinstance(verdicts, list) and not is_accepted(answer):
                raise AntivenomRefusal.by_answer(answer)
            if not _are_verdicts(verdicts, len(part)) or is_accepted(answer) != all(map(is_accepted, verdicts)):
                raise self._no_answer("its verdicts are not of the protocol")
            told.update(zip(part, verdicts))
        for key, verdict in told.items():
            self._warn(verdict)
            if is_accepted(verdict):
                self._accepted[key] = verdict
        return [told.get(key) or self._accepted[key] for key in keys]

    def check_file(self, question: Mapping[str, Any]) -> Answer:
        """The verdict on an archive on the disk."""
        verdict = self._ask(f'"method": "check-file", {_json(question)[1:-1]}')
        self._warn(verdict)
        return verdict

    def close(self) -> subprocess.Popen[str] | None:
        """Ends the questions. The process then keeps what it verified, and ends by itself; nobody need wait for it."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
            process.stdout.close()
        return process

    def _ask(self, members: str) -> Answer:
        with self._lock:
            if self._process is None:
                self._start()
                hello = f'"method": "hello", "protocol": {PROTOCOL}, "client": {_json(self._client)}'
                answer = self._exchange(hello)
                if not is_accepted(answer) or answer.get("protocol") != PROTOCOL:
                    self.close()
                    raise AntivenomRefusal.by_answer(answer)
            return self._exchange(members)

    def _start(self) -> None:
        self._command = self._find()
        try:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
            )
        except OSError as error:
            raise AntivenomRefusal(
                "no-executable",
                f"the antivenom executable {self._command[0]} does not start: {error.strerror}.",
                "Install Antivenom, or name its executable in CONDA_ANTIVENOM_EXECUTABLE.",
            ) from error
        atexit.register(self.close)

    def _exchange(self, members: str) -> Answer:
        self._asked += 1
        with contextlib.suppress(OSError):  # It may have ended, with a last line that says why.
            self._process.stdin.write(f'{{"id": {self._asked}, {members}}}\n')
            self._process.stdin.flush()
        try:
            line = self._process.stdout.readline()
            answer = json.loads(line) if line.endswith("\n") else None
        except (OSError, ValueError):
            raise self._no_answer("what it says is not JSON") from None
        if answer is None:
            raise self._no_answer("it ended before it answered")
        if not isinstance(answer, dict) or answer.get("id") not in (None, self._asked):
            raise self._no_answer("what it says is not of the protocol")
        if answer.get("id") is None:
            self.close()
            raise AntivenomRefusal.by_answer(answer)
        return answer

    def _no_answer(self, why: str) -> AntivenomRefusal:
        if process := self.close():
            process.kill()
            process.wait()
        return AntivenomRefusal(
            "no-answer",
            f"the antivenom executable {self._command[0]} was asked, but {why}.",
            f"Run `{self._command[0]} check-records --help`: without that command, it is older than this plugin.",
        )

    def _warn(self, answer: Answer) -> None:
        warning = answer.get("warning")
        if isinstance(warning, str) and warning not in self._warned:
            self._warned.add(warning)
            print(f"antivenom: warning: {warning}", file=sys.stderr)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=dict)


def _are_verdicts(verdicts: Any, count: int) -> bool:
    return isinstance(verdicts, list) and len(verdicts) == count and all(isinstance(each, dict) for each in verdicts)

"""What conda raises, and prints, in place of installing."""

from __future__ import annotations

from typing import Any

from conda import CondaError

SHOWN = 10
"""Refused packages that are named in the message; ``details`` holds them all."""


class AntivenomRefusal(CondaError):
    """Nothing was installed. ``code``, ``hint`` and ``details`` stand in conda's ``--json`` as they do here.

    ``code`` is one of Antivenom's (docs/errors.md), ``no-executable`` or ``no-answer`` where it could not be asked, or
    ``no-archive`` where the cache holds a package without its archive.
    """

    def __init__(self, code: str, message: str, hint: str = "", details: Any = None) -> None:
        super().__init__("\n".join(map(_printable, [*message.split("\n"), *(hint.split("\n") if hint else ())])))
        self.code = code
        self.hint = hint
        self.details = details or {}

    def __str__(self) -> str:
        # conda before 26.5 formats its messages with %, and a file name may hold one.
        return self.message

    @classmethod
    def by_answer(cls, answer: dict[str, Any]) -> AntivenomRefusal:
        """Of an answer or a verdict that is not ``ok``."""
        code, message, hint = (str(answer.get(member) or "") for member in ("code", "message", "hint"))
        return cls(code or "no-answer", message or "antivenom gave no reason.", hint, answer.get("details"))

    @classmethod
    def by_verdicts(cls, refused: list[tuple[str, dict[str, Any]]]) -> AntivenomRefusal:
        """Of file names and their verdicts; a refusal outranks what could not be told."""
        ranked = sorted(refused, key=lambda each: each[1].get("exit") != 1)
        if len(ranked) == 1:
            return cls.by_answer(ranked[0][1])
        lines = [f"  {_printable(file)}: {verdict.get('message')}" for file, verdict in ranked[:SHOWN]]
        if len(ranked) > SHOWN:
            lines.append(f"  and {len(ranked) - SHOWN} others")
        first = cls.by_answer(ranked[0][1])
        kept = ("code", "message", "hint", "details")
        listed = [{"file": file, **{member: verdict.get(member) for member in kept}} for file, verdict in ranked]
        message = "\n".join([f"{len(ranked)} packages are not proved:", *lines])
        return cls(first.code, message, first.hint, {"refused": listed})


def _printable(line: str) -> str:
    """A terminal acts on control characters, and the names of files are from outside."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in line)

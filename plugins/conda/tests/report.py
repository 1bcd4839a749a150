"""Runs the tests, and prints a line of JSON for each: ``name``, ``outcome`` (passed, failed, skipped) and ``why``."""

import json
import sys
import unittest


class LineResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self._subtests = []

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._subtests.append(f"{subtest}\n{self._exc_info_to_string(err, test)}")

    def stopTest(self, test):
        if self._subtests:
            self._told(test, "failed", "\n".join(self._subtests))
            self._subtests = []
        super().stopTest(test)

    def addSuccess(self, test):
        self._told(test, "passed", "")

    def addFailure(self, test, err):
        self._told(test, "failed", self._exc_info_to_string(err, test))

    addError = addFailure

    def addSkip(self, test, reason):
        self._told(test, "skipped", reason)

    @staticmethod
    def _told(test, outcome, why):
        name = test.id().rsplit(".", 1)[-1].removeprefix("test_").replace("_", " ")
        print(json.dumps({"name": name, "outcome": outcome, "why": why}), file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    top = sys.argv[1]
    unittest.defaultTestLoader.discover(top + "/tests", top_level_dir=top).run(LineResult())

import contextlib
import io
import json
import os
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

from conda_antivenom.refusal import AntivenomRefusal
from conda_antivenom.verifier import Verifier, is_accepted

from .scripted_executable import ScriptedExecutable


class VerifierTest(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def verifier(self, behaviour="pass"):
        self.executable = ScriptedExecutable(self.folder, behaviour)
        verifier = Verifier(self.executable.command, "test/1")
        self.addCleanup(self.end, verifier)
        return verifier

    @staticmethod
    def end(verifier):
        if process := verifier.close():
            process.wait(timeout=60)

    def refusal(self, behaviour, ask=lambda verifier: verifier.check([{"url": "u"}])):
        with self.assertRaises(AntivenomRefusal) as raised:
            ask(self.verifier(behaviour))
        return raised.exception

    def test_starts_no_process_before_the_first_question(self):
        verifier = self.verifier()
        self.assertEqual(verifier.check([]), [])
        verifier.close()
        self.assertEqual(self.executable.asked(), [])

    def test_asks_one_process_with_one_greeting(self):
        verifier = self.verifier()
        verifier.check([{"url": "a"}, {"url": "b"}])
        verifier.check_file({"url": "a", "sha256": "0"})
        asked = [json.loads(line) for line in self.executable.asked()]
        self.assertEqual([line["method"] for line in asked], ["hello", "check", "check-file"])
        self.assertEqual([line["id"] for line in asked], [1, 2, 3])
        self.assertEqual(asked[0]["protocol"], 1)
        self.assertEqual(asked[1]["records"], [{"url": "a"}, {"url": "b"}])

    def test_does_not_ask_again_about_what_was_accepted(self):
        verifier = self.verifier()
        verifier.check([{"url": "a"}])
        self.assertEqual(len(verifier.check([{"url": "b"}, {"url": "a"}, {"url": "b"}])), 3)
        self.assertEqual([r["url"] for r in json.loads(self.executable.asked()[-1])["records"]], ["b"])

    def test_asks_again_about_what_was_refused(self):
        no = 'if method == "check":\n    verdicts[0].update(ok=False, exit=1)\n    answer.update(ok=False, exit=1)'
        verifier = self.verifier(no)
        for _ in range(2):
            self.assertFalse(is_accepted(verifier.check([{"url": "a"}])[0]))
        self.assertEqual(len(self.executable.asked()), 3)

    def test_answers_threads_one_by_one(self):
        verifier = self.verifier('if method == "check-file":\n    answer["file"] = request["url"]')
        urls = [f"u{number}" for number in range(50)]
        with ThreadPoolExecutor(8) as executor:
            answers = list(executor.map(lambda url: verifier.check_file({"url": url}), urls))
        self.assertEqual([answer["file"] for answer in answers], urls)

    def test_lets_the_executable_come_to_its_own_end(self):
        verifier = self.verifier()
        verifier.check([{"url": "a"}])
        self.assertEqual(verifier.close().wait(timeout=60), 0)
        self.assertIsNone(verifier.close())

    def test_refuses_where_there_is_no_executable(self):
        with self.assertRaises(AntivenomRefusal) as raised:
            Verifier(lambda: [os.path.join(self.folder, "none")], "test/1").check([{"url": "a"}])
        self.assertEqual(raised.exception.code, "no-executable")

    def test_refuses_where_the_executable_is_too_old_to_know_the_command(self):
        error = self.refusal("sys.exit(2)")
        self.assertEqual(error.code, "no-answer")
        self.assertIn("ended before it answered", str(error))
        self.assertIn("older than this plugin", error.hint)

    def test_refuses_what_is_not_json_or_not_of_the_protocol(self):
        for told in ("answer = 'ok'", "answer = '[]'", "answer = 'true'", "answer['id'] = 99", "answer = '\\x00'"):
            with self.subTest(told):
                self.assertEqual(self.refusal(told).code, "no-answer")

    def test_refuses_an_answer_that_is_cut_off(self):
        cut = "sys.stdout.write(json.dumps(answer)); sys.stdout.flush(); sys.exit(0)"
        self.assertEqual(self.refusal(cut).code, "no-answer")

    def test_refuses_where_the_executable_dies_later(self):
        verifier = self.verifier("if calls == 2: sys.exit(0)")
        verifier.check([{"url": "a"}])
        with self.assertRaises(AntivenomRefusal) as raised:
            verifier.check([{"url": "b"}])
        self.assertEqual(raised.exception.code, "no-answer")

    def test_refuses_verdicts_that_are_too_few_or_contradict_the_answer(self):
        for told in (
            "verdicts.clear()",
            "answer.pop('verdicts', None)",
            "if verdicts: verdicts[0] = True",
            "if verdicts: verdicts[0]['ok'] = False",
            "if method == 'check': answer.update(ok=False, exit=1)",
        ):
            with self.subTest(told):
                self.assertEqual(self.refusal(told).code, "no-answer")

    def test_takes_nothing_but_ok_with_exit_0_for_acceptance(self):
        for odd in ({"ok": True}, {"ok": 1, "exit": 0}, {"ok": "true", "exit": 0}, {"ok": True, "exit": 1}, {}):
            self.assertFalse(is_accepted(odd), odd)
        self.assertTrue(is_accepted({"ok": True, "exit": 0}))

    def test_says_in_the_executables_words_why_it_does_not_begin(self):
        policy = 'answer.update(id=None, ok=False, exit=2, code="policy-invalid", message="a:1:1: no", hint="h")'
        error = self.refusal(policy)
        self.assertEqual((error.code, str(error)), ("policy-invalid", "a:1:1: no\nh"))

    def test_refuses_another_protocol(self):
        other = 'if method == "hello": answer.update(ok=False, exit=2, code="usage", message="protocol 7 alone")'
        self.assertEqual(self.refusal(other).code, "usage")
        self.assertEqual(self.refusal('if method == "hello": answer["protocol"] = 2').code, "no-answer")

    def test_refuses_a_request_that_was_refused_as_a_whole(self):
        malformed = 'if method == "check": answer = {"id": id, "ok": False, "code": "malformed", "message": "m"}'
        self.assertEqual(self.refusal(malformed).code, "malformed")

    def test_shows_each_warning_once(self):
        verifier = self.verifier('for verdict in verdicts: verdict["warning"] = "unverified"')
        told = io.StringIO()
        with contextlib.redirect_stderr(told):
            verifier.check([{"url": "a"}, {"url": "b"}])
            verifier.check([{"url": "c"}])
        self.assertEqual(told.getvalue(), "antivenom: warning: unverified\n")

    def test_splits_what_is_more_than_a_request_may_hold(self):
        verifier = self.verifier()
        self.assertEqual(len(verifier.check([{"url": str(number)} for number in range(2_001)])), 2_001)
        sizes = [len(json.loads(line).get("records", [])) for line in self.executable.asked()]
        self.assertEqual(sizes, [0, 1_000, 1_000, 1])

import unittest

from conda_antivenom.refusal import AntivenomRefusal


def verdict(code, exit=1):
    return {"ok": False, "exit": exit, "code": code, "message": f"{code} here.", "hint": f"mend {code}", "details": {}}


class RefusalTest(unittest.TestCase):
    def test_gives_code_hint_and_details_to_condas_json(self):
        told = AntivenomRefusal("expired", "It is past its time.", "Wait.", {"role": "index"}).dump_map()
        self.assertEqual((told["code"], told["hint"], told["details"]), ("expired", "Wait.", {"role": "index"}))
        self.assertEqual(told["message"], "It is past its time.\nWait.")

    def test_prints_a_percent_sign_as_it_is(self):
        self.assertEqual(str(AntivenomRefusal("missing", "100%s")), "100%s")

    def test_speaks_of_a_refusal_before_what_could_not_be_told(self):
        error = AntivenomRefusal.by_verdicts([("a", verdict("unreachable", 3)), ("b", verdict("expired"))])
        self.assertEqual((error.code, error.hint), ("expired", "mend expired"))
        self.assertEqual([each["file"] for each in error.details["refused"]], ["b", "a"])
        lines = ["2 packages are not proved:", "  b: expired here.", "  a: unreachable here.", "mend expired"]
        self.assertEqual(str(error).splitlines(), lines)

    def test_names_ten_of_many_and_counts_the_others(self):
        error = AntivenomRefusal.by_verdicts([(f"file{number}", verdict("missing")) for number in range(25)])
        self.assertEqual(str(error).count("file"), 10)
        self.assertIn("and 15 others", str(error))
        self.assertEqual(len(error.details["refused"]), 25)

    def test_refuses_also_without_a_reason(self):
        self.assertEqual(AntivenomRefusal.by_answer({}).code, "no-answer")

    def test_lets_no_name_act_on_the_terminal(self):
        odd = [("a\x1b[2J\u202e\n-1-0.conda", {"exit": 1, "message": f"m{number}"}) for number in range(2)]
        shown = str(AntivenomRefusal.by_verdicts(odd))
        self.assertIn("a\\u001b[2J\\u202e\\u000a-1-0.conda: m0", shown)
        self.assertEqual(len(shown.splitlines()), 3)
        self.assertEqual(str(AntivenomRefusal("c", "m\x07", "h\x1b")), "m\\u0007\nh\\u001b")

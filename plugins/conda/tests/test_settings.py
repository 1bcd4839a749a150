import os
import tempfile
import unittest
from types import SimpleNamespace

from conda_antivenom.refusal import AntivenomRefusal
from conda_antivenom.settings import command


def settings(**given):
    empty = dict.fromkeys(("antivenom_executable", "antivenom_home", "antivenom_policy"), "")
    return SimpleNamespace(**{**empty, "antivenom_allow_untrusted": (), **given})


class SettingsTest(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.path = {"PATH": self.folder}

    def executable(self, name="antivenom"):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8"):
            pass
        os.chmod(path, 0o755)
        return path

    def test_finds_the_executable_in_path(self):
        expected = self.executable()
        self.assertEqual(command(settings(), self.path), [expected, "check-records"])

    def test_takes_the_environment_before_the_setting_and_the_setting_before_path(self):
        self.executable()
        one, other = self.executable("one"), self.executable("other")
        self.assertEqual(command(settings(antivenom_executable=one), self.path)[0], one)
        environ = {**self.path, "CONDA_ANTIVENOM_EXECUTABLE": other}
        self.assertEqual(command(settings(antivenom_executable=one), environ)[0], other)

    def test_refuses_where_what_is_named_is_not_there_although_path_has_one(self):
        self.executable()
        for named in (os.path.join(self.folder, "none"), "none"):
            with self.assertRaises(AntivenomRefusal) as raised:
                command(settings(antivenom_executable=named), self.path)
            self.assertEqual(raised.exception.code, "no-executable")

    def test_takes_no_executable_out_of_the_working_directory(self):
        self.executable("nearby")
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.folder)
        for environ, named in (({"PATH": "."}, "nearby"), ({"PATH": ""}, "./nearby")):
            with self.assertRaises(AntivenomRefusal):
                command(settings(antivenom_executable=named), environ)

    def test_hands_over_home_policy_and_the_urls_of_channels_let_through(self):
        self.executable()
        home = os.path.join("~", "home")
        given = settings(
            antivenom_home=home,
            antivenom_policy="/etc/antivenom.yaml",
            antivenom_allow_untrusted=["https://a.example/one", "https://a.example/t/secret/two/noarch"],
        )
        expected = ["--home", os.path.expanduser(home), "--policy", "/etc/antivenom.yaml"]
        expected += ["--allow-untrusted", "https://a.example/one", "--allow-untrusted", "https://a.example/two"]
        self.assertEqual(command(given, self.path)[2:], expected)

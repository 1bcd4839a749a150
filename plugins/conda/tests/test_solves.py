import os
import shutil

from conda.core.solve import solve_for_transaction

from .conda_case import CondaCase


class SolvesTest(CondaCase):
    def test_installs_what_is_proved(self):
        self.assertEqual(self.install(*self.solution("tool", "other")), ["linked tool", "linked other"])
        self.assertTrue(os.path.isfile(os.path.join(self.extracted(), "info", "index.json")))

    def test_installs_noarch_python_and_python_with_the_pip_that_conda_adds(self):
        records = self.solution("pure", "python")
        self.assertEqual(records[1].depends, ["pip"])
        self.assertEqual(self.install(*records), ["linked pure", "linked python"])

    def test_refuses_a_record_with_a_dependency_added_before_anything_is_fetched(self):
        def edit(index):
            index["packages"]["tool-1.0-0.tar.bz2"]["depends"].append("evil")

        self.channel.edit_index("noarch", edit)
        error = self.assert_refused("record-differs", self.install, *self.solution("tool", "other"))
        self.assertIn("tool-1.0-0.tar.bz2", str(error))
        self.assertFalse(os.path.exists(self.pkgs))

    def test_refuses_when_conda_only_plans(self):
        self.channel.edit_index("noarch", lambda index: index["packages"]["tool-1.0-0.tar.bz2"].update(size=1))
        self.assert_refused("record-differs", solve_for_transaction, self.prefix, self.solution("tool"))

    def test_refuses_an_archive_that_its_record_was_changed_to(self):
        self.replace_archive()
        other = self.solution("other")[0]

        def edit(index):
            index["packages"]["tool-1.0-0.tar.bz2"].update(sha256=other.sha256, md5=other.md5, size=other.size)

        self.channel.edit_index("noarch", edit)
        self.assert_refused("record-differs", self.install, *self.solution("tool"))

    def test_refuses_an_archive_of_a_record_whose_hashes_were_taken_out(self):
        self.replace_archive()

        def edit(index):
            for member in ("sha256", "md5", "size"):
                del index["packages"]["tool-1.0-0.tar.bz2"][member]

        self.channel.edit_index("noarch", edit)
        self.assert_refused("hash-mismatch", self.install, *self.solution("tool"))
        self.assertNotIn("tool-1.0-0.tar.bz2", os.listdir(self.pkgs), "the archive does not stay")
        self.assertNotIn("tool-1.0-0", os.listdir(self.pkgs), "nor anything out of it")

    def test_installs_a_genuine_archive_of_a_record_whose_hashes_were_taken_out(self):
        def edit(index):
            for member in ("sha256", "md5", "size"):
                del index["packages"]["tool-1.0-0.tar.bz2"][member]

        self.channel.edit_index("noarch", edit)
        self.assertEqual(self.install(*self.solution("tool")), ["linked tool"])

    def test_refuses_a_channel_that_is_not_trusted_and_says_how_to_trust_it(self):
        self.begin_command(antivenom_home=self.channel.home(trusting=False))
        error = self.assert_refused("not-trusted", self.install, *self.solution("tool"))
        self.assertIn("trust add", error.hint)

    def test_lets_an_untrusted_channel_through_by_name_alone_with_a_warning_each_time(self):
        self.home = self.channel.home(trusting=False)
        for _ in range(2):
            self.begin_command(antivenom_allow_untrusted=[self.channel.url])
            self.assertEqual(self.install(*self.solution("tool")), ["linked tool"])
            shutil.rmtree(self.prefix, ignore_errors=True)
        self.assertEqual(self.stderr.getvalue().count("antivenom: warning:"), 2, self.stderr.getvalue())
        self.begin_command(antivenom_allow_untrusted=["http://127.0.0.1:1/good"])
        self.assert_refused("not-trusted", self.install, *self.solution("tool"))

    def test_verifies_a_trusted_channel_although_it_would_be_let_through(self):
        self.begin_command(antivenom_allow_untrusted=[self.channel.url])
        self.channel.edit_index("noarch", lambda index: index["packages"]["tool-1.0-0.tar.bz2"].update(size=1))
        self.assert_refused("record-differs", self.install, *self.solution("tool"))

    def test_asks_nothing_where_nothing_is_linked(self):
        self.begin_command(antivenom_executable="/does/not/exist")
        self.assertEqual(self.install(unlink_precs=self.solution("tool")), ["unlinked tool"])

    def test_refuses_where_the_executable_is_missing(self):
        self.begin_command(antivenom_executable="/does/not/exist")
        self.assert_refused("no-executable", self.install, *self.solution("tool"))
        self.assert_refused("no-executable", self.install_explicit, {"url": self.url()})
        self.assertNotIn("tool-1.0-0.tar.bz2", os.listdir(self.pkgs), "what nobody could prove does not stay")

    def test_refuses_where_the_policy_has_a_mistake(self):
        policy = os.path.join(self.place, "policy.yaml")
        with open(policy, "w", encoding="utf-8") as file:
            file.write("channel: []\n")
        self.begin_command(antivenom_policy=policy)
        self.assert_refused("policy-invalid", self.install, *self.solution("tool"))

    def test_refuses_what_policy_binds_to_another_channel(self):
        policy = os.path.join(self.place, "policy.yaml")
        with open(policy, "w", encoding="utf-8") as file:
            lines = ["channels:", "  - {name: inner, url: 'https://inner.example/inner'}"]
            file.write("\n".join([*lines, "packages:", "  - {match: tool, channel: inner}", ""]))
        self.begin_command(antivenom_policy=policy)
        self.assert_refused("policy-refused", self.install, *self.solution("tool"))

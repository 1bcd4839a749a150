import json
import os
import shutil

from conda.core.solve import solve_for_transaction

from .conda_case import CondaCase


class WarmCacheTest(CondaCase):
    def warm(self, **poison):
        """A cache that a conda without the plugin filled, from a server that lied in these members of the record."""
        self.begin_command(with_plugin=False)
        self.install(*self.solution("tool"))
        shutil.rmtree(self.prefix)
        if poison:
            path = os.path.join(self.extracted(), "info", "repodata_record.json")
            with open(path, encoding="utf-8") as file:
                record = json.load(file)
            record.update(poison)
            with open(path, "w", encoding="utf-8") as file:
                json.dump(record, file)

    def test_installs_from_a_warm_cache_and_offline(self):
        self.warm()
        tool = self.solution("tool")
        self.begin_command(offline=True)
        self.assertEqual(self.install(*tool), ["linked tool"])
        shutil.rmtree(self.prefix)
        self.begin_command(offline=True)
        self.assertEqual(self.install_explicit({"url": self.url()}), ["linked tool"])

    def poisoned_archive(self, **poison):
        """The cache then holds another archive, extracted, whose record claims to be the genuine one."""
        self.replace_archive()
        honest = self.solution("tool")[0]

        def edit(index):
            for member in ("sha256", "md5", "size"):
                del index["packages"]["tool-1.0-0.tar.bz2"][member]

        before = os.path.join(self.channel.folder, "noarch", "repodata.json")
        with open(before, encoding="utf-8") as file:
            kept = file.read()
        self.channel.edit_index("noarch", edit)
        self.warm(sha256=honest.sha256, size=honest.size, **poison)
        with open(before, "w", encoding="utf-8") as file:
            file.write(kept)

    def test_refuses_a_poisoned_cache_after_an_honest_solve(self):
        self.poisoned_archive()
        self.begin_command()
        self.assert_refused("hash-mismatch", self.install, *self.solution("tool"))

    def test_refuses_a_poisoned_cache_for_an_explicit_url_offline(self):
        self.poisoned_archive()
        self.begin_command(offline=True)
        self.assert_refused("record-differs", self.install_explicit, {"url": self.url()})

    def test_refuses_with_safety_checks_disabled_before_anything_is_unlinked(self):
        self.poisoned_archive()
        self.begin_command(safety_checks="disabled", rollback_enabled=False)
        transaction = solve_for_transaction(self.prefix, self.solution("tool"), self.solution("other"))
        self.assert_refused("hash-mismatch", transaction.execute)
        self.assertEqual(transaction.done, [])

    def test_refuses_a_cached_record_that_claims_another_url(self):
        self.warm(url=self.url("pure-1.0-py_0.tar.bz2"))
        self.begin_command()
        self.assert_refused("record-differs", self.install_explicit, {"url": self.url("pure-1.0-py_0.tar.bz2")})

    def test_refuses_a_genuine_package_in_the_place_of_another(self):
        self.warm()
        tool = self.solution("tool")[0]
        self.begin_command(with_plugin=False)
        self.install(*self.solution("other"))
        shutil.rmtree(self.prefix)
        shutil.rmtree(self.extracted())
        os.remove(self.extracted() + ".tar.bz2")
        path = os.path.join(self.extracted("other-1.0-0"), "info", "repodata_record.json")
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        for member in ("md5", "size", "sha256"):
            del record[member]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**record, "name": "tool", "url": self.url("other-1.0-0.tar.bz2")}, file)
        self.begin_command()
        self.assert_refused("name-mismatch", self.install, tool)

    def test_refuses_what_comes_from_a_channel_let_through_in_the_place_of_what_is_proved(self):
        untrusted = "https://untrusted.example/any"
        self.poisoned_archive(url=f"{untrusted}/noarch/tool-1.0-0.tar.bz2")
        self.begin_command(antivenom_allow_untrusted=[untrusted])
        self.assert_refused("hash-mismatch", self.install, *self.solution("tool"))

    def test_refuses_a_folder_whose_record_names_the_genuine_archive_beside_it(self):
        self.begin_command(with_plugin=False)
        self.install(*self.solution("tool", "other"))
        shutil.rmtree(self.prefix)
        path = os.path.join(self.extracted("other-1.0-0"), "info", "repodata_record.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.solution("tool")[0].dump(), file)
        self.begin_command()
        self.assert_refused("hash-mismatch", self.install, *self.solution("tool"))

    def test_refuses_an_extracted_package_without_its_archive(self):
        self.warm()
        os.remove(self.extracted() + ".tar.bz2")
        for act, argument in ((self.install, self.solution("tool")[0]), (self.install_explicit, {"url": self.url()})):
            self.begin_command()
            error = self.assert_refused("no-archive", act, argument)
            self.assertIn(self.extracted(), error.hint)

    def test_refuses_a_loose_archive_in_the_cache_once_and_removes_it(self):
        self.warm()
        shutil.rmtree(self.extracted())
        shutil.copyfile(
            os.path.join(self.channel.folder, "noarch", "other-1.0-0.tar.bz2"), self.extracted() + ".tar.bz2"
        )
        self.begin_command()
        self.assert_refused("hash-mismatch", self.install, *self.solution("tool"))
        self.begin_command()
        self.assertEqual(self.install(*self.solution("tool")), ["linked tool"])

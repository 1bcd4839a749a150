"""Explicit URLs, @EXPLICIT files and clones, which no solver sees."""

import json
import os
import shutil

from .conda_case import CondaCase

TOKEN = "secret-token"


class ExplicitTest(CondaCase):
    def test_installs_an_explicit_url_with_and_without_a_hash(self):
        record = self.solution("tool")[0]
        for hashes in ({}, {"md5": record.md5}, {"sha256": record.sha256}):
            with self.subTest(hashes):
                shutil.rmtree(self.pkgs, ignore_errors=True)
                self.begin_command()
                self.assertEqual(self.install_explicit({"url": self.url(), **hashes}), ["linked tool"])

    def test_refuses_the_archive_behind_an_explicit_url(self):
        self.replace_archive()
        good = {"url": self.url("pure-1.0-py_0.tar.bz2")}
        self.assert_refused("hash-mismatch", self.install_explicit, {"url": self.url()}, good)
        self.begin_command()
        self.assert_refused("hash-mismatch", self.install_explicit, {"url": self.url()})

    def test_is_not_stopped_later_by_an_archive_that_it_refused(self):
        self.replace_archive()
        self.assert_refused("hash-mismatch", self.install_explicit, {"url": self.url()})
        self.begin_command()
        self.assertEqual(self.install(*self.solution("other")), ["linked other"])

    def test_refuses_an_explicit_url_that_the_index_does_not_list(self):
        source = os.path.join(self.channel.folder, "noarch")
        shutil.copyfile(f"{source}/tool-1.0-0.tar.bz2", f"{source}/evil-1.0-0.tar.bz2")
        self.assert_refused("not-listed", self.install_explicit, {"url": self.url("evil-1.0-0.tar.bz2")})

    def test_refuses_a_genuine_archive_of_a_server_that_is_not_trusted(self):
        shutil.copytree(self.channel.folder, os.path.join(self.channel.www, "mirror"))
        mirrored = self.url().replace("/good/", "/mirror/")
        self.assert_refused("not-trusted", self.install_explicit, {"url": mirrored})

    def test_never_prints_a_token(self):
        shutil.copytree(self.channel.folder, os.path.join(self.channel.www, "t", TOKEN, "good"))
        secret = self.url().replace("/good/", f"/t/{TOKEN}/good/")
        self.assertEqual(self.install_explicit({"url": secret}), ["linked tool"])
        shutil.rmtree(self.pkgs)
        shutil.rmtree(self.prefix)
        self.begin_command(channels=[], antivenom_home=self.channel.home(trusting=False))
        error = self.assert_refused("not-trusted", self.install_explicit, {"url": secret})
        self.assertNotIn(TOKEN, json.dumps(error.dump_map(), default=str) + self.stderr.getvalue())

    def test_installs_an_archive_out_of_any_folder_that_a_channel_lists(self):
        elsewhere = os.path.join(self.place, "downloads")
        shutil.copytree(os.path.join(self.channel.folder, "noarch"), elsewhere)
        self.assertEqual(self.install_explicit({"url": f"file://{elsewhere}/tool-1.0-0.tar.bz2"}), ["linked tool"])

    def test_refuses_an_archive_out_of_a_folder_that_no_channel_lists(self):
        elsewhere = os.path.join(self.place, "downloads")
        shutil.copytree(os.path.join(self.channel.folder, "noarch"), elsewhere)
        shutil.copyfile(f"{elsewhere}/other-1.0-0.tar.bz2", f"{elsewhere}/tool-1.0-0.tar.bz2")
        archive = {"url": f"file://{elsewhere}/tool-1.0-0.tar.bz2"}
        self.assert_refused("hash-mismatch", self.install_explicit, archive)
        self.begin_command(channels=[])
        self.assert_refused("not-trusted", self.install_explicit, archive)
        untrusted = "https://untrusted.example/any"
        self.begin_command(channels=[untrusted], antivenom_allow_untrusted=[untrusted])
        self.assert_refused("not-trusted", self.install_explicit, archive)

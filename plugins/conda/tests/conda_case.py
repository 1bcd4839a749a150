"""Whole conda commands, before the stand-in for conda, with the real executable and a channel over HTTP."""

import contextlib
import io
import os
import shutil
import tempfile
import unittest

from conda import CondaError, CondaMultiError
from conda.base.context import context
from conda.core.solve import read_index, solve_for_transaction
from conda.misc import explicit
from conda_antivenom import current_guard, plugin

from .channel import ServedChannel


class CondaCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.channel = ServedChannel(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.addClassCleanup(cls.channel.close)

    def setUp(self):
        self.place = self.enterContext(tempfile.TemporaryDirectory())
        self.channel.reset()
        self.home = self.channel.home()
        self.prefix = os.path.join(self.place, "env")
        self.pkgs = os.path.join(self.place, "pkgs")
        self.stderr = self.enterContext(contextlib.redirect_stderr(io.StringIO()))
        self.addCleanup(self.end_command)
        self.begin_command()

    def begin_command(self, with_plugin=True, **settings):
        """As a new process of conda does."""
        self.end_command()
        given = {
            "antivenom_executable": self.channel.executable,
            "antivenom_home": self.home,
            "channels": [self.channel.url],
            **settings,
        }
        context.reset([self.pkgs], **given)
        if with_plugin:
            context.plugin_manager.register(plugin)

    def end_command(self):
        if current_guard._make_guard.cache_info().currsize and (process := current_guard.guard()._verifier.close()):
            process.wait(timeout=60)
        current_guard._make_guard.cache_clear()

    def solution(self, *names, subdir="noarch"):
        """The records of an index that a solver chose."""
        index = read_index(self.channel.url, subdir)
        return [index[name] for name in names]

    def install(self, *records, **more):
        transaction = solve_for_transaction(self.prefix, records, **more)
        transaction.execute()
        return transaction.done

    def install_explicit(self, *specs):
        transaction = explicit(specs, self.prefix)
        transaction.execute()
        return transaction.done

    def url(self, name="tool-1.0-0.tar.bz2", subdir="noarch"):
        return f"{self.channel.url}/{subdir}/{name}"

    def assert_refused(self, code, act, *args, **more):
        """That conda stops with this code; nothing is linked, nor left in the new environment."""
        with self.assertRaises(CondaError) as raised:
            act(*args, **more)
        error = raised.exception
        first = error.errors[0] if isinstance(error, CondaMultiError) else error
        self.assertEqual(first.dump_map().get("code"), code, str(error))
        self.assertTrue(first.hint, "says what to do")
        self.assertFalse(os.path.exists(self.prefix), "the environment is not begun")
        return first

    def replace_archive(self, name="tool-1.0-0.tar.bz2", by="other-1.0-0.tar.bz2"):
        folder = os.path.join(self.channel.folder, "noarch")
        shutil.copyfile(os.path.join(folder, by), os.path.join(folder, name))

    def extracted(self, name="tool-1.0-0"):
        return os.path.join(self.pkgs, name)

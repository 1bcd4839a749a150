"""A signed channel, served, for the real executable. What is served is a copy, so that a test may attack it.

``ANTIVENOM_TEST_CHANNEL`` holds ``{"executable", "folder", "fingerprint"}`` as JSON.
"""

import functools
import json
import os
import shutil
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


class ServedChannel:
    def __init__(self, place):
        given = json.loads(os.environ["ANTIVENOM_TEST_CHANNEL"])
        self.executable = given["executable"]
        self._signed = given["folder"]
        self._place = place
        self.www = os.path.join(place, "www")
        handler = functools.partial(_Silent, directory=self.www)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/good"
        self.reset()
        trust = ["trust", "add", self.url, "--fingerprint", given["fingerprint"], "--home", self._home("trusting")]
        subprocess.run([self.executable, *trust], check=True, capture_output=True)

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    @property
    def folder(self):
        return os.path.join(self.www, "good")

    def reset(self):
        """The channel is served as it was signed."""
        shutil.rmtree(self.www, ignore_errors=True)
        shutil.copytree(self._signed, self.folder)

    def home(self, trusting=True):
        """A new home of somebody who trusts the channel, or nothing."""
        home = self._home("new")
        shutil.rmtree(home, ignore_errors=True)
        if trusting:
            shutil.copytree(self._home("trusting"), home)
        return home

    def _home(self, name):
        return os.path.join(self._place, f"home-{name}")

    def edit_index(self, subdir, edit):
        """What conda reads; the signed copies, under other names, stay."""
        path = os.path.join(self.folder, subdir, "repodata.json")
        with open(path, encoding="utf-8") as file:
            index = json.load(file)
        edit(index)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(index, file)

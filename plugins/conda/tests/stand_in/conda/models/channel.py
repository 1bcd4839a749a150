"""Stands for conda/models/channel.py."""

import re


class Channel:
    """Of a URL of a channel, a subdir or a package: conda finds the channel in each."""

    def __init__(self, value):
        base = re.sub(r"/(noarch|linux-64)(/[^/]*)?$", "", value.rstrip("/"))
        self.token = (re.search(r"/t/([^/]+)", base) or [None, None])[1]
        self.base_url = re.sub(r"/t/[^/]+", "", base)
        self.canonical_name = self.base_url

    @property
    def base_urls(self):
        return (self.base_url,)

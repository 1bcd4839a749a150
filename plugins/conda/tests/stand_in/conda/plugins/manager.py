"""Stands for conda/plugins/manager.py."""

from conda.plugins import package_extractors


class PluginManager:
    def __init__(self):
        self._plugins = [package_extractors]

    def register(self, plugin):
        self._plugins.append(plugin)

    def get_hook_results(self, name):
        hooks = [getattr(plugin, f"conda_{name}", None) for plugin in self._plugins]
        return sorted((each for hook in hooks if hook for each in hook()), key=lambda each: each.name)

    def invoke_post_solves(self, repodata_fn, unlink_precs, link_precs):
        for hook in self.get_hook_results("post_solves"):
            hook.action(repodata_fn, unlink_precs, link_precs)

    def extract_package(self, archive, folder):
        by_extension = {
            extension: hook for hook in self.get_hook_results("package_extractors") for extension in hook.extensions
        }
        for extension, hook in by_extension.items():
            if archive.lower().endswith(extension):
                return hook.extract(archive, folder)
        raise AssertionError(archive)

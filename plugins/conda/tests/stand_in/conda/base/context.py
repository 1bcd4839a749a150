"""Stands for conda/base/context.py."""

from types import SimpleNamespace


class Context:
    def reset(self, pkgs_dirs, channels=(), **settings):
        from conda.core.package_cache_data import PackageCacheData
        from conda.plugins.manager import PluginManager

        PackageCacheData._cache_.clear()
        self.pkgs_dirs = pkgs_dirs
        self.channels = channels
        self.subdirs = ("linux-64", "noarch")
        self.offline = settings.pop("offline", False)
        self.rollback_enabled = settings.pop("rollback_enabled", True)
        self.safety_checks = settings.pop("safety_checks", "warn")
        self.plugin_manager = PluginManager()
        self._settings = settings

    @property
    def plugins(self):
        """Each setting that a plugin declares, as the user has it, else its default."""
        declared = self.plugin_manager.get_hook_results("settings")
        return SimpleNamespace(
            **{each.name: self._settings.get(each.name, each.parameter.default) for each in declared}
        )


context = Context()

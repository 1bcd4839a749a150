"""Stands for conda/__init__.py."""

__version__ = "26.7.1"


class CondaError(Exception):
    return_code = 1

    def __init__(self, message, caused_by=None, **kwargs):
        self.message = message or ""
        self._kwargs = kwargs
        self._caused_by = caused_by
        super().__init__(message)

    def __str__(self):
        return str(self.message % self._kwargs)

    def __repr__(self):
        return f"{self.__class__.__name__}: {self}"

    def dump_map(self):
        """What ``--json`` prints."""
        result = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        result.update(exception_name=self.__class__.__name__, message=str(self), error=repr(self), **self._kwargs)
        return result


class CondaMultiError(CondaError):
    def __init__(self, errors):
        self.errors = errors
        super().__init__(None)

    def __str__(self):
        return "\n".join(str(error) for error in self.errors)

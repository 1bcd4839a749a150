"""Stands for conda/plugins/__init__.py."""


def hookimpl(function):
    return function

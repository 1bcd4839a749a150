"""Stands for conda/common/configuration.py."""


class PrimitiveParameter:
    def __init__(self, default, element_type=None):
        self.default = default


class SequenceParameter:
    def __init__(self, element_type, default=()):
        self.default = default

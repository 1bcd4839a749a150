"""Stands for conda/core/path_actions.py."""

from abc import ABC, abstractmethod


class Action(ABC):
    _verified = False

    def __init__(
        self,
        transaction_context=None,
        target_prefix=None,
        unlink_precs=None,
        link_precs=None,
        remove_specs=None,
        update_specs=None,
        neutered_specs=None,
    ):
        self.transaction_context = transaction_context
        self.target_prefix = target_prefix
        self.unlink_precs = unlink_precs
        self.link_precs = link_precs

    @abstractmethod
    def verify(self): ...

    @abstractmethod
    def execute(self): ...

    @abstractmethod
    def reverse(self): ...

    @abstractmethod
    def cleanup(self): ...

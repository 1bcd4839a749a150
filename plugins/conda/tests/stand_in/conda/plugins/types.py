"""Stands for conda/plugins/types.py."""

from dataclasses import dataclass
from typing import Any


@dataclass
class CondaPostSolve:
    name: str
    action: Any


@dataclass
class CondaSetting:
    name: str
    description: str
    parameter: Any
    aliases: tuple = ()


@dataclass
class CondaPackageExtractor:
    name: str
    extensions: list
    extract: Any


@dataclass
class CondaPreTransactionAction:
    name: str
    action: Any

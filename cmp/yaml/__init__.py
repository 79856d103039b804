"""YAML in and out exactly as Kustomize's Go libraries read and print it."""

from __future__ import annotations

from cmp.yaml.config import Config, Duplicate, load_config
from cmp.yaml.errors import YamlError
from cmp.yaml.go.resolve import resolve
from cmp.yaml.printer import dump, dump_all
from cmp.yaml.reader import load_all
from cmp.yaml.value import NULL, BrokenMap, Quoted, Scalar, Value, copy_value, is_null, text_of

__all__ = [
    "NULL",
    "BrokenMap",
    "Config",
    "Duplicate",
    "Quoted",
    "Scalar",
    "Value",
    "YamlError",
    "copy_value",
    "dump",
    "dump_all",
    "is_null",
    "load_all",
    "load_config",
    "resolve",
    "text_of",
]

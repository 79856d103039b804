"""YAML in and out exactly as Kustomize's Go libraries read and print it."""

from __future__ import annotations

from cmp.yaml.config import Config as Config, Duplicate as Duplicate, load_config as load_config
from cmp.yaml.errors import YamlError as YamlError
from cmp.yaml.locate import excerpt as excerpt, locate as locate
from cmp.yaml.printer import dump as dump, dump_all as dump_all
from cmp.yaml.reader import load_all as load_all
from cmp.yaml.resolve import resolve as resolve
from cmp.yaml.value import (
    BrokenMap as BrokenMap,
    Scalar as Scalar,
    Value as Value,
    copy_value as copy_value,
    is_null as is_null,
    text_of as text_of,
)

"""The table of cmpctl's commands."""

from __future__ import annotations

import importlib

import click
import pytest

import cmp
from cmp.cli import ctl


@pytest.mark.parametrize("name", ctl.COMMANDS)
def test_every_command_of_the_table_can_be_imported(name):
    module, _, attribute = ctl.COMMANDS[name][0].partition(":")
    assert isinstance(getattr(importlib.import_module(module), attribute), click.Command)


def test_help_imports_no_command_and_names_all(capsys):
    assert ctl.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in ctl.COMMANDS)


@pytest.mark.parametrize(("argv", "text"), [(["dif"], "diff"), (["--nope"], "nope"), (["zzzz"], "zzzz")])
def test_wrong_usage_is_exit_code_two(argv, text, capsys):
    assert ctl.main(argv) == 2
    captured = capsys.readouterr()
    assert text in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("words", [[], ["models"], ["secrets"]])
def test_without_a_command_the_help_is_printed(words, capsys):
    assert ctl.main(words) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("Usage: cmpctl")
    assert "\nCommands:\n" in captured.err
    assert captured.out == ""


def test_version(capsys):
    assert ctl.main(["--version"]) == 0
    assert capsys.readouterr().out == f"cmpctl {cmp.__version__} (renders as kustomize {cmp.KUSTOMIZE})\n"


@pytest.mark.parametrize("words", [[], ["models"], ["models", "promote"]])
def test_help_is_the_one_of_the_option(words, capsys):
    assert ctl.main([*words, "--help"]) == 0
    wanted = capsys.readouterr().out
    assert ctl.main(["help", *words]) == 0
    assert capsys.readouterr().out == wanted


@pytest.mark.parametrize(
    ("words", "error"), [(["diff", "x"], "cmpctl diff has no commands"), (["modls"], "models")]
)
def test_help_of_what_is_not_there(words, error, capsys):
    assert ctl.main(["help", *words]) == 2
    assert error in capsys.readouterr().err

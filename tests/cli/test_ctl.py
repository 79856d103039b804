"""The table of cmpctl's commands."""

from __future__ import annotations

import importlib

import click
import pytest

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


def test_version(capsys):
    assert ctl.main(["--version"]) == 0
    assert "cmpctl" in capsys.readouterr().out

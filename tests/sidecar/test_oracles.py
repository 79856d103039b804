"""scripts/oracles.py shares its time among the builds, and tries again what ran out of it."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "oracles.py"


@pytest.fixture
def oracles() -> ModuleType:
    spec = importlib.util.spec_from_file_location("oracles", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("oracles", module)
    spec.loader.exec_module(module)
    return module


class Slow:
    """A build that is done once the shares that it got add up to `needs` seconds."""

    def __init__(self, oracles: ModuleType, needs: float) -> None:
        self.error = oracles.OutOfTimeError
        self.needs = needs
        self.shares: list[float] = []

    def __call__(self, seconds: float) -> Path:
        self.shares.append(seconds)
        if sum(self.shares) < self.needs:
            raise self.error("not built")
        return Path("program")


def test_second_round(oracles: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    slow, quick = Slow(oracles, 150), Slow(oracles, 1)
    reports = oracles.Reports()
    end = time.monotonic() + 200
    again = reports.build_all([("slow", slow), ("quick", quick)], end)
    assert [name for name, _ in again] == ["slow"]
    assert reports.build_all(again, end) == []
    assert reports.all_there
    assert len(slow.shares) == 2
    assert slow.shares[0] < 110 < slow.shares[1]
    assert len(quick.shares) == 1
    assert capsys.readouterr().out.splitlines() == [
        "oracle slow: absent, not built",
        "oracle quick: program (0 s)",
        "oracle slow: program (0 s)",
    ]


def test_what_fails_is_not_tried_again(oracles: ModuleType) -> None:
    def fails(seconds: float) -> Path:
        raise oracles.BuildError("go build failed")

    reports = oracles.Reports()
    assert reports.build_all([("broken", fails)], time.monotonic() + 10) == []
    assert not reports.all_there


def test_limit_of_a_build(oracles: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "go").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(oracles.OutOfTimeError, match="not built within its 0 seconds"):
        oracles.go(["build"], tmp_path, 0.2)

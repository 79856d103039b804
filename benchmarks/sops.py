"""Decrypt 200 SOPS files with our code and with the real sops: `python -m benchmarks.sops [FILES]`.

Also counts key unwraps: one per file, whoever else the files are encrypted for. The real program is one
process per file, as a plugin around it would be.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time

from cmp import age
from cmp.sops import decrypt, detect
from cmp.sops.keys import KeySource

SECRET = """apiVersion: v1
kind: Secret
metadata:
  name: secret-{number}
stringData:
  username: user-{number}
  password: correct horse battery staple {number}
  config: |
    first line
    second line
"""


class Counting(age.X25519Identity):
    """An identity that counts its unwraps."""

    __slots__ = ()
    calls = 0

    def unwrap(self, stanzas, limits):  # type: ignore[no-untyped-def]
        """Count, then unwrap."""
        Counting.calls += 1
        return super().unwrap(stanzas, limits)


def main() -> None:
    """Make the files, decrypt them both ways, print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    tool = shutil.which("sops")
    if tool is None:
        raise SystemExit("the program sops is not on PATH: it makes the files")
    own, other = age.X25519Identity.generate(), age.X25519Identity.generate()
    with tempfile.TemporaryDirectory() as folder:
        files = _make(tool, folder, count, [other, own])
        seconds = _ours(files, own)
        print(f"ours: {count} files in {seconds:.3f} s, {Counting.calls} unwraps")
        # A slice is enough: each file is a process of its own.
        part = files[: max(1, count // 10)]
        seconds = _theirs(tool, part, own, folder) * count / len(part)
        print(f"sops: {count} files in {seconds:.3f} s ({len(part)} measured)")


def _make(tool: str, folder: str, count: int, keys: list[age.X25519Identity]) -> list[str]:
    recipients = ",".join(str(key.recipient()) for key in keys)
    files = []
    for number in range(count):
        path = os.path.join(folder, f"{number}.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(SECRET.format(number=number))
        flags = ["--age", recipients, "--encrypted-regex", "^stringData$", "--in-place"]
        subprocess.run([tool, "encrypt", *flags, path], check=True, capture_output=True)
        files.append(path)
    return files


def _ours(files: list[str], identity: age.X25519Identity) -> float:
    start = time.perf_counter()
    keys = KeySource(lambda: [Counting.parse(identity.secret_text())], "benchmark")
    for path in files:
        with open(path, "rb") as file:
            data = file.read()
        found = detect(data, path)
        if found is None:
            raise SystemExit(f"{path} is not encrypted")
        decrypt(data, found, keys, file=path)
    return time.perf_counter() - start


def _theirs(tool: str, files: list[str], identity: age.X25519Identity, home: str) -> float:
    environment = {**os.environ, "SOPS_AGE_KEY": identity.secret_text(), "HOME": home}
    start = time.perf_counter()
    for path in files:
        subprocess.run([tool, "decrypt", path], env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()

"""What following decrypted values costs: processor time of a render by the number of encrypted files.

    python -m benchmarks.cleartext [FILES] [ROUNDS]

Renders FILES/2 and FILES encrypted files, FILES once more with the gate switched off, and once more with the gate
off and nothing followed or remembered. The four take turns, each in a process of its own. Prints the medians and
their ratios.
"""

from __future__ import annotations

import gc
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KEY = Path(__file__).parents[1] / "examples/keys/public-test-key.agekey"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {{name: s-{0}}}\nstringData: {{user: user-{0}, password: correct-{0}-horse-{0}}}\n"


def main(files: int, rounds: int) -> None:
    """Measure and print."""
    sides = {"half": "on", "all": "on", "off": "off", "bare": "bare"}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    with tempfile.TemporaryDirectory() as folder:
        encrypted = write_trees(Path(folder), files)
        for _ in range(rounds):
            for name, gate in sides.items():
                tree = str(encrypted["half" if name == "half" else "all"])
                command = [sys.executable, "-m", "benchmarks.cleartext", "--one", tree, gate]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
                seconds[name].append(float(done.stdout))
    half, whole, off, bare = (statistics.median(seconds[name]) for name in sides)
    print(f"{files // 2} files: {half:.2f} s; {files} files: {whole:.2f} s")
    print(f"{files} files, gate off: {off:.2f} s; nothing followed either: {bare:.2f} s")
    print(f"twice the files: {whole / half:.2f} times")
    print(
        f"the gate: {100 * (whole / off - 1):+.1f} %; gate and following: {100 * (whole / bare - 1):+.1f} %"
    )


def write_trees(folder: Path, files: int) -> dict[str, Path]:
    """Both sizes of the tree, encrypted once for all rounds."""
    from cmp import age
    from cmp.sops.write.document import NewFile, encrypt

    (identity,) = age.parse_identities(KEY.read_bytes())
    new = NewFile(groups=((str(identity.recipient()),),), rule=("encrypted_regex", "^stringData$"))
    secrets = [
        encrypt(SECRET.format(number).encode(), "yaml", new, "2026-01-02T03:04:05Z").data
        for number in range(files)
    ]
    written = {}
    for name, count in (("half", files // 2), ("all", files)):
        tree = {f"/r/{number}.yaml": secrets[number] for number in range(count)}
        listed = "\n".join(f"- {number}.yaml" for number in range(count))
        tree["/r/kustomization.yaml"] = f"resources:\n{listed}\n".encode()
        written[name] = folder / name
        written[name].write_bytes(pickle.dumps(tree))
    return written


def one(tree: str, gate: str) -> float:
    """Seconds of processor time of one render. gate: `on`, `off`, or `bare` where nothing is followed."""
    from unittest import mock

    from cmp import age
    from cmp.gates import registry
    from cmp.gates.rules import cleartext
    from cmp.render import Settings, decrypting, render
    from cmp.render.cleartext import Cleartext
    from cmp.sops.keys import KeySource
    from cmp.tree.memory import MemoryTree

    (identity,) = age.parse_identities(KEY.read_bytes())
    files = pickle.loads(Path(tree).read_bytes())
    if gate != "on":
        registry.GATES = tuple(each for each in registry.GATES if each is not cleartext)
    if gate == "bare":
        mock.patch.object(decrypting, "TaintedBytes", lambda data, marks: data).start()
        Cleartext.opened = Cleartext.saw = lambda *_: None  # type: ignore[assignment]
    settings = Settings(keys=KeySource(lambda: [identity], "the benchmark's key"))
    gc.set_threshold(20_000, 20, 100)  # as both commands do
    before = time.process_time()
    render(MemoryTree(files, root="/r"), "/r", settings)
    return time.process_time() - before


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(one(sys.argv[2], sys.argv[3]))
    else:
        given = [int(each) for each in sys.argv[1:]]
        main(*(given + [5000, 5][len(given) :]))

"""The targets of `fuzzing.hostile`, guided by coverage: `python -m fuzzing.guided --target yaml --count N`.

libFuzzer chooses which inputs to keep and which to change next, by the branches of `cmp` that each took and
the comparisons it made; half of the changes are `fuzzing.hostile`'s own (words and lines of the format), half
libFuzzer's bytes. Needs atheris (`pip install atheris`), which nothing else of the project does.
"""

from __future__ import annotations

import argparse
import base64
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

MEMORY_MIB = 3072


def fuzz(name: str, count: int, seed: int) -> None:
    """Run `count` executions of one target; prints findings and counts, never returns."""
    import atheris

    with atheris.instrument_imports(include=["cmp"]):
        import cmp.cli.generate
        import cmp.models.injection
        import cmp.render.pipeline
        import cmp.sops.write.document  # noqa: F401
        from fuzzing import hostile

        # What the target imports lazily has to be instrumented too: run its seeds once in here.
        target = hostile.TARGETS[name]
        signal.signal(signal.SIGALRM, hostile._too_long)
        seeds = target.seeds()
        for data in seeds:
            hostile.execute(name, data)

    change = hostile.mutate_tree if name == "tree" else hostile.mutate
    state = {"done": 0, "start": time.monotonic()}
    reasons: set[str] = set()

    def one(data: bytes) -> None:
        state["done"] += 1
        finding = hostile.execute(name, data)
        if finding and finding.reason not in reasons:
            reasons.add(finding.reason)
            print(f"  {finding.reason}\n    {base64.b64encode(data).decode()}", flush=True)
        if state["done"] >= count:
            seconds = time.monotonic() - state["start"]
            print(
                f"{name}: {count} guided executions in {seconds:.0f} s, {len(reasons)} findings", flush=True
            )
            os._exit(1 if reasons else 0)

    def mutator(data: bytes, max_size: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if name != "tree" and rng.random() < 0.5:
            return bytes(atheris.Mutate(data, max_size))
        try:
            return change(data or rng.choice(seeds), rng, target.words, rng.choice(seeds))[:max_size]
        except (ValueError, KeyError, TypeError, AttributeError):  # no tree any more
            return rng.choice(seeds)

    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(seeds):
            with open(os.path.join(corpus, str(number)), "wb") as file:
                file.write(data)
        options = ["-timeout=0", "-max_len=20000", "-len_control=0", "-verbosity=0", f"-seed={seed}"]
        options += [f"-rss_limit_mb={MEMORY_MIB}", f"-artifact_prefix={corpus}/"]
        atheris.Setup([sys.argv[0], *options, corpus], one, custom_mutator=mutator)
        atheris.Fuzz()


def main() -> int:
    """A process for each target: libFuzzer's state is one per process."""
    from fuzzing import hostile

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--target", default="all", choices=["all", *hostile.TARGETS])
    parser.add_argument("--count", type=int, default=10_000, help="executions of each target")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.target != "all":
        fuzz(options.target, options.count, options.seed)
    failed = False
    for name in hostile.TARGETS:
        command = [sys.executable, "-m", "fuzzing.guided", "--target", name]
        command += ["--count", str(options.count), "--seed", str(options.seed)]
        failed |= subprocess.run(command, check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Write docs/kustomize-compatibility.md from a run of the conformance cases.

python scripts/compatibility.py CASES.jsonl
"""

import collections
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from fuzzing.kustomize_cases import read_cases, read_reasons  # noqa: E402

DATA = PROJECT / "tests" / "data" / "kustomize"

HEAD = """\
# Compatibility with `kustomize build` v5.8.1

Written by `python scripts/compatibility.py CASES.jsonl`; do not edit. `cmp-generate --plain` prints the bytes
that `kustomize build` v5.8.1 prints. It refuses the same inputs, with its own messages, which name file,
line, object and what to do. This was measured with the cases of upstream's own tests, and with further cases
for each row of upstream's tables:

"""


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    cases = read_cases(sys.argv[1])
    if not cases:
        print(f"no cases in {sys.argv[1]}", file=sys.stderr)
        return 2
    binary = read_reasons(str(DATA / "binary-wins.txt"))
    ran: collections.Counter[str] = collections.Counter()
    same: collections.Counter[str] = collections.Counter()
    total = identical = 0
    listed = []
    for case in cases:
        if case.after_our_version or case.id in binary:
            continue
        good = case.outcome() == case.text
        total, identical = total + 1, identical + good
        for feature in case.features:
            ran[feature] += 1
            same[feature] += good
        if not good:
            listed.append(case.id)
    lines = [HEAD, f"**{identical} of {total} cases identical.** "]
    later = sum(case.after_our_version for case in cases)
    table = "| feature | cases | identical |\n| --- | ---: | ---: |\n"
    lines.append(f"{later} more cases are left out, because they expect what changed after v5.8.1.\n\n")
    lines.append(table)
    lines += [f"| {feature} | {ran[feature]} | {same[feature]} |\n" for feature in sorted(ran)]
    if listed:
        lines.append("\n## Cases that differ\n\n")
        lines += [f"- `{name}`\n" for name in listed]
    lines.append("\n## Cases in which v5.8.1 is not what was recorded\n\n")
    lines.append("Our output is the program's; a test compares with it.\n\n")
    lines.append("| case | reason |\n| --- | --- |\n")
    lines += [f"| `{name}` | {reason} |\n" for name, reason in binary.items()]
    lines += ["\n", (DATA / "differences.md").read_text()]
    (PROJECT / "docs" / "kustomize-compatibility.md").write_text("".join(lines))
    print(f"{identical} of {total} identical")
    return 1 if listed else 0


if __name__ == "__main__":
    sys.exit(main())

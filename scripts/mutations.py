"""Remove one guard at a time from a copy of the package, and see that a named test fails.

    python scripts/mutations.py [K/N] [WORD...]

WORD selects mutations whose name holds it, K/N the Kth of N parts of them. First the tests run on the unchanged copy: if one fails there, nothing is
tried. Exits with 1 when a mutation went unnoticed. Tried are each gate, the MAC check, each place and method that
carries taint on, the checks of links, the small guards of the process.
"""

from __future__ import annotations

import ast
import importlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import traceback
import venv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

ROOT = Path(__file__).parents[1]
# Where code that Python would lose taint in calls `carry`, `carry_all` or `quoted` itself.
CARRIERS = ("cmp/kustomize", "cmp/models/kinds", "cmp/yaml", "cmp/sops/ksops.py", "cmp/render/nested.py")
IN_COPY = "--in-copy"
PART = re.compile("[0-9]+/[0-9]+")
# What most tests load, without anything of ours: children have it already.
PRELOADED = (
    "cryptography.hazmat.primitives.ciphers.aead",
    "hypothesis.strategies",
    "jsonpatch",
    "re2",
    "yaml",
)
QUIETLY = ("-q", "-x", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
TAINT = "cmp/yaml/taint.py"
ITSELF = "tests/yaml/test_taint.py"
BY_HAND = "tests/render/test_carriers.py"
FOLLOWED = (
    ITSELF,
    BY_HAND,
    "tests/render/test_taint.py",
    "tests/models/test_ways_to_write.py",
    "tests/kustomize_plugins/test_helm.py",
    "tests/fuzzing/test_chains.py",
)
CHARTS = ("tests/render/test_taint.py", "tests/kustomize_plugins/test_helm.py")
HELM, EMBEDDED = "cmp/kustomize/helm_values.py", "cmp/kustomize/embedded.py"
IMAGES = "cmp/kustomize/transformers/images.py"
# Instead of a carrier: the same value without its origins.
LOST = "__import__('cmp.yaml.taint').yaml.taint.untaint({})"


class Mutation(NamedTuple):
    """In `file`, `old` (which is there once) becomes `new`; one of `tests` has to fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


GATES = "tests/gates/test_rules.py"
GUARDS = "tests/cli/test_guards.py"
PLACES = "tests/render/test_models.py", "tests/render/test_taint.py"
EDGE, RENDERING, SLOTS = "cmp/cli/edge.py", "cmp/cli/rendering.py", "cmp/cli/slots.py"
DISK, WALK, ARCHIVE = "cmp/tree/disk.py", "cmp/tree/walk.py", "cmp/tree/archive.py"
ON_DISK = ("tests/tree/test_disk.py", "tests/tree/test_contract.py")
METRICS, GIT = "cmp/cli/metrics.py", "cmp/kustomize/remote/git.py"
IN_GIT = ("tests/kustomize_remote/test_git.py",)
IN_ARCHIVE = ("tests/tree/test_archive.py",)
CLEARTEXT, PASSTHROUGH = "cmp/gates/rules/cleartext.py", "cmp/gates/passthrough.py"
OCI, HUB = "cmp/models/registry/oci.py", "cmp/models/registry/hub.py"
IN_OCI, IN_HUB = "tests/models/test_oci_registry.py", "tests/models/test_hub_registry.py"
STRICT = ("tests/render/test_pipeline.py", "tests/traps/test_silent.py", "tests/models/test_held.py")
PLUGINS = "tests/models/test_registry_plugins.py"
SECOND_NET = ("tests/render/test_cleartext.py",)
REGISTRY = "cmp/gates/registry.py"
# (the table, how its mutations are called, the tests)
GATE_TABLES = (
    ("GATES", "gate", (GATES, *PLACES)),
    ("STRICT_OBJECT_RULES", "strict", (GATES, *STRICT)),
    ("STRICT_NOTICE_RULES", "strict", (GATES, *STRICT)),
)
# fmt: off
FIXED = (
    Mutation("mac", "cmp/sops/decryption.py", "compare_digest(", "(lambda *_: True)(", ("tests/sops/test_documents.py",)),
    Mutation("mac of an age file", "cmp/age/file.py", "if not compare_digest(header_mac(file_key, header.signed), header.mac):", "if False:", ("tests/age/test_round_trip.py",)),
    # links
    Mutation("link: file", DISK, "os.O_RDONLY | os.O_NOFOLLOW |", "os.O_RDONLY |", ON_DISK),
    Mutation("link: directory", DISK, "os.O_DIRECTORY | os.O_NOFOLLOW |", "os.O_DIRECTORY |", ON_DISK),
    Mutation("link: kind of what was opened", DISK, "if not stat.S_ISREG(status.st_mode):", "if False:", ON_DISK),
    Mutation("link: what is looked at", WALK, "if self._inside(there):", "if True:", ON_DISK),
    Mutation("link: where it ends", WALK, "if not self._inside(here):", "if False:", ON_DISK),
    Mutation("link: beyond what is missing", WALK, "if not self._inside(posixpath.normpath(rest)):", "if False:", ON_DISK),
    Mutation("link: circles", WALK, "if links > MAX_LINKS:", "if links > 2 * MAX_LINKS:", ON_DISK),
    Mutation("link: name of the target", WALK, "check_name(target, self.display(there))", "pass", ON_DISK),
    Mutation("link: in an archive, absolute", ARCHIVE, 'if target.startswith("/"):', "if False:", IN_ARCHIVE),
    Mutation("link: what is looked at on disk", DISK, "follow_symlinks=False).st_mode", "follow_symlinks=True).st_mode", ON_DISK),
    Mutation("link: a private file", "cmp/files.py", "os.O_CREAT | os.O_EXCL, 0o600", "os.O_CREAT, 0o600", ("tests/hostile/test_writes.py",)),
    Mutation("link: the lock", SLOTS, "os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW", "os.O_CREAT | os.O_CLOEXEC", (GUARDS,)),
    Mutation("link: an entry of the queue", SLOTS, "os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)", "os.O_RDWR | os.O_CLOEXEC)", (GUARDS,)),
    Mutation("link: metrics", METRICS, "os.O_RDONLY | os.O_NOFOLLOW |", "os.O_RDONLY |", ("tests/cli/test_telemetry.py",)),
    Mutation("link: new metrics", METRICS, "os.O_CREAT | os.O_EXCL |", "os.O_CREAT |", (GUARDS,)),
    Mutation("link: the lock of metrics", METRICS, "os.O_CREAT | os.O_NOFOLLOW |", "os.O_CREAT |", (GUARDS,)),
    Mutation("link: the cache of remote bases", GIT, "os.path.islink(home) or ", "", IN_GIT),
    Mutation("the owner of the cache of remote bases", GIT, " or os.stat(home).st_uid != os.getuid()", "", IN_GIT),
    Mutation("link: the list of submodules", GIT, "os.path.islink(file) or ", "", IN_GIT),
    Mutation("root in the plugin", "cmp/cli/request.py", 'environ.get("ARGOCD_APP_SOURCE_PATH", ""))', 'environ.get("ARGOCD_APP_SOURCE_PATH"))', ("tests/argocd/test_announce.py",)),
    Mutation("root of an announcement", "cmp/cli/commands/parameters.py", 'os.environ.get("ARGOCD_APP_SOURCE_PATH", "")', 'os.environ.get("ARGOCD_APP_SOURCE_PATH")', ("tests/argocd/test_announce.py",)),
    # the process
    Mutation("lock folder's owner", SLOTS, "status.st_uid != os.getuid() or ", "", (GUARDS,)),
    Mutation("lock folder's mode", SLOTS, " or status.st_mode & 0o022", "", (GUARDS,)),
    Mutation("lock folder that is a link", SLOTS, "os.stat(folder, follow_symlinks=False)", "os.stat(folder)", (GUARDS,)),
    Mutation("repeated timer", "cmp/cli/bounds.py", "signal.ITIMER_REAL, first, 1)", "signal.ITIMER_REAL, first)", (GUARDS,)),
    Mutation("core dumps", EDGE, "resource.RLIMIT_CORE, (0, ", "resource.RLIMIT_CORE, (1, ", (GUARDS,)),
    Mutation("core dumps at all", EDGE, "resource.setrlimit(resource.RLIMIT_CORE, ", "str(", (GUARDS,)),
    Mutation("disarm after a render", RENDERING, "rendered = request.render()\n        bounds.disarm()", "rendered = request.render()", (GUARDS,)),
    Mutation("disarm after an error", RENDERING, "are the repository's\n        bounds.disarm()", "are the repository's", (GUARDS,)),
    Mutation("disarm after the deadline", RENDERING, "except DeadlineReached as reached:\n        bounds.disarm()", "except DeadlineReached as reached:", (GUARDS,)),
    Mutation("closed streams", EDGE, 'os.open("/dev/null", os.O_RDWR)', "pass", (GUARDS,)),
    Mutation("closed standard output", "cmp/cli/generate.py", "if 1 in fill_standard_streams():", "if fill_standard_streams() and False:", (GUARDS,)),
    # gates in detail
    Mutation("age armour", PASSTHROUGH, "_ARMOR[0] in content or ", "", (GATES,)),
    Mutation("age binary", PASSTHROUGH, "return _ARMOR[0] in content or content.startswith(_BINARY)", "return _ARMOR[0] in content", (GATES,)),
    Mutation("mac of what leaves encrypted", "cmp/gates/rules/undecrypted.py", "if field is not None:", "if False:", ("tests/render/test_passthrough.py",)),
    Mutation("waivers' origin", "cmp/gates/registry.py", "if not counts(resource, annotation):", "if False:", ("tests/render/test_waivers.py",)),
    Mutation("waivers' reason", "cmp/findings.py", "each.isalpha() and each not in _BLANK_LETTERS", "True", (GATES,)),
    Mutation("what the operator allows", "cmp/gates/registry.py", "    if forbidden:", "    if False:", ("tests/render/test_waivers.py",)),
    Mutation("items as Argo CD unpacks them", "cmp/gates/unpack.py", "if isinstance(items, list):", "if False:", (GATES,)),
    Mutation("prefix segments", "cmp/models/prefix.py", "if any(_says_nothing(", "if False and any(_says_nothing(", ("tests/models/test_prefix.py",)),
    Mutation("tainted values exist", TAINT, "            Tainted.exist = True", "            pass", PLACES),
    Mutation("first look of the second net", "cmp/render/cleartext.py", "if not inside and self._sources.keys()", "if self._sources.keys()", SECOND_NET),
    Mutation("tainted keys", CLEARTEXT, "if isinstance(key, Tainted):", "if False:", PLACES),
    Mutation("first look at keys", CLEARTEXT, "isinstance(key, Tainted) or (", "(", PLACES),
    Mutation("first look at lists", CLEARTEXT, "return any(isinstance(item, _LOOKED_INTO)", "return any(isinstance(item, ())", PLACES),
    Mutation("place in its own Secret", CLEARTEXT, "_own_path(origin.path) == path for origin", "True for origin", PLACES),
    Mutation("document of its own Secret", CLEARTEXT, "(origin.file, origin.document) in declared and ", "", PLACES),
    Mutation("second net", CLEARTEXT, "if context.leaks:", "if False:", SECOND_NET),
    Mutation("bidi marks", "cmp/tree/names.py", "*range(0x2060, 0x206A),", "", ("tests/diff/test_compare.py",)),
    Mutation("taint in diff", "cmp/diff/conceal.py", "bool(origins_of(value)) or ", "False or ", ("tests/diff/test_compare.py",)),
    Mutation("tainted names in diff", "cmp/diff/compare.py", "and not origins_of(name) for name", "for name", ("tests/diff/test_compare.py",)),
    # registries
    Mutation("registry: what is built in comes first", "cmp/models/registry/table.py", "return built_in(scheme) if scheme in BUILT_IN else _plugin(scheme)", "return _plugin(scheme)", (PLUGINS,)),
    Mutation("registry: two packages of one scheme", "cmp/models/registry/table.py", "if len(found) > 1:", "if False:", (PLUGINS,)),
    Mutation("registry: credentials in a lock", "cmp/models/registry/resolving.py", 'if not found.registry or "@" in', 'if not found.registry or "@@" in', (PLUGINS,)),
    Mutation("registry: places that no lock may hold", "cmp/models/registry/resolving.py", "storage.check(found.uri)", "pass", (PLUGINS,)),
    Mutation("registry: errors of a plug-in", "cmp/models/registry/resolving.py", "    except CmpError:\n        raise\n    except Exception as error:  # code", "    except ZeroDivisionError as error:  # code", (PLUGINS,)),
    Mutation("registry: digest", OCI, "if digest != (asked.digest or digest)", "if False", (IN_OCI,)),
    Mutation("registry: digest as told", OCI, '(told.startswith("sha256:") and told != digest)', "False", (IN_OCI,)),
    Mutation("registry: realm without TLS", OCI, 'address.startswith("http:") and plain', "True", (IN_OCI,)),
    Mutation("registry: credentials in a realm", OCI, ' or "@" in parts.netloc', "", (IN_OCI,)),
    Mutation("registry: scope", OCI, """ | {"scope": f"repository:{asked.repository}:pull"}""", "", (IN_OCI,)),
    Mutation("registry: ModelPack's configuration", OCI, 'if config_type != f"{prefix}config.v1+json":', "if False:", (IN_OCI,)),
    Mutation("registry: ModelPack's layers", OCI, "if not isinstance(kind, str) or not kind.startswith(prefix):", "if False:", (IN_OCI,)),
    Mutation("registry: platforms of an index", OCI, "len(set(map(str, names))) != len(names)", "False", (IN_OCI,)),
    Mutation("registry: model of the Hub", HUB, "if name != asked.name:", "if False:", (IN_HUB,)),
    Mutation("registry: commit of the Hub", HUB, "if _is_commit(asked.revision) and commit != asked.revision:", "if False:", (IN_HUB,)),
    Mutation("registry: deep JSON", "cmp/models/registry/http.py", "except (ValueError, RecursionError):", "except ValueError:", ("tests/models/test_registry_suites.py",)),
    # where decrypted content enters
    Mutation("taint: a decrypted file", "cmp/render/decrypting.py", "TaintedBytes(content, marks(branches, sealed, fmt.name, shown)) if sealed else content", "content", FOLLOWED),
    Mutation("taint: documents", "cmp/yaml/reader.py", "return marks.apply(out) if marks else out", "return out", FOLLOWED),
    Mutation("taint: configuration files", "cmp/yaml/config.py", "[value] = marks.apply([value])", "pass", FOLLOWED),
    Mutation("taint: JSON patches", "cmp/kustomize/jsonpatch.py", "text.content_marks().apply(", "list(", FOLLOWED),
    Mutation("taint: env files", "cmp/kustomize/kv.py", "data.marks if isinstance(data, TaintedBytes) else None", "None", FOLLOWED),
    Mutation("taint: charts", "cmp/kustomize/helm_values.py", "return taint(value, (*origins_of(value), *origins))", "return value", FOLLOWED),
    Mutation("taint: the second run of a chart", "cmp/kustomize/helm.py", "if values.tainted:", "if False:", CHARTS),
    Mutation("taint: floats in a chart's values", HELM, "if isinstance(plain, Scalar):", "if False:", CHARTS),
    Mutation("taint: dates in a chart's values", HELM, 'if value.tag == "!!timestamp":', "if False:", CHARTS),
    Mutation("taint: integers in a chart's values", HELM, "return plain + 1 if", "return plain if", CHARTS),
    Mutation("taint: inline values of a chart", HELM, "    if not origins:\n        return data\n", "    return data\n", CHARTS),
    Mutation("taint: objects of a chart that are missing", HELM, "if same else None", "if same else resource.body", CHARTS),
    Mutation("taint: fields of a chart that are missing", HELM, "other[key] if alike else None", "other[key] if alike else item", CHARTS),
    Mutation("taint: items of a chart that are missing", HELM, "other[at] if alike else None", "other[at] if alike else item", CHARTS),
    # sums of the engine, which carry taint by themselves
    Mutation("taint: prefix and suffix", "cmp/kustomize/transformers/_affix.py", "prefix + text_of(value) + suffix", 'f"{prefix}{text_of(value)}{suffix}"', FOLLOWED),
    Mutation("taint: a name with a hash", "cmp/kustomize/hashes.py", 'resource.name + f"-{suffix}"', 'f"{resource.name}-{suffix}"', FOLLOWED),
    Mutation("taint: the tag of an image", IMAGES, 'name = name + ":" + tag', 'name = f"{name}:{tag}"', FOLLOWED),
    Mutation("taint: the digest of an image", IMAGES, 'name = name + "@" + digest', 'name = f"{name}@{digest}"', FOLLOWED),
    # of several sources, each
    Mutation("taint: what is written into a document", EMBEDDED, "[self.text, *self.written]", "[self.text]", FOLLOWED),
    Mutation("taint: the document that is written into", EMBEDDED, "[self.text, *self.written]", "self.written", FOLLOWED),
    Mutation("taint: a string written into a document", EMBEDDED, "self.document.written.append(text)", "pass", FOLLOWED),
    Mutation("taint: a value written into a document", EMBEDDED, "self.document.written.append(value)", "pass", FOLLOWED),
    Mutation("taint: the text around vars", "cmp/kustomize/vars.py", "carry(made, text, *inserted)", "carry(made, *inserted)", FOLLOWED),
    Mutation("taint: vars in a text", "cmp/kustomize/vars.py", "carry(made, text, *inserted)", "carry(made, text)", FOLLOWED),
    # what tainted values are made of
    Mutation("taint: str()", TAINT, "return taint(str.__str__(self), self.origins)", "return str.__str__(self)", FOLLOWED),
    Mutation("taint: +", TAINT, "return carry(str.__add__(other, self), self)", "return str.__add__(other, self)", FOLLOWED),
    Mutation("taint: join", TAINT, "carry(str.join(self, known), self, *known)", "str.join(self, known)", FOLLOWED),
    Mutation("taint: parts of join", TAINT, "carry(str.join(self, known), self, *known)", "carry(str.join(self, known), self)", FOLLOWED),
    Mutation("taint: arguments of a method", TAINT, "carry(plain(self, *args, **kwargs), self, *args)", "carry(plain(self, *args, **kwargs), self)", FOLLOWED),
    Mutation("taint: encode", TAINT, "return TaintedBytes(str.encode(self, encoding, errors), self.content_marks())", "return str.encode(self, encoding, errors)", FOLLOWED),
    Mutation("taint: decode", TAINT, "text = taint(bytes.decode(self, encoding, errors), self.marks.origins)", "text = bytes.decode(self, encoding, errors)", FOLLOWED),
    Mutation("taint: leaves of a text", TAINT, "text.marks = self.marks", "pass", FOLLOWED),
    Mutation("taint: str() of an integer", TAINT, "return taint(int.__repr__(self), self.origins)", "return int.__repr__(self)", FOLLOWED),
    Mutation("taint: the text of a scalar", TAINT, "_TaintedScalar(value.tag, taint(str(value.text), origins))", "_TaintedScalar(value.tag, str(value.text))", FOLLOWED),
    Mutation("taint: a folded block", TAINT, "_TaintedFolded(value, taint(value.written, origins))", "_TaintedFolded(value, value.written)", FOLLOWED),
    Mutation("taint: scalars", TAINT, 'value if value.tag == "!!bool" else', "value if value.tag else", FOLLOWED),
    Mutation("taint: integers", TAINT, "twin = _TaintedInt(value)", "twin = value", FOLLOWED),
    Mutation("taint: floats", TAINT, "twin = _TaintedFloat(value)", "twin = value", FOLLOWED),
    Mutation("taint: entries of an env file", TAINT, "if (key,) in self.paths else None", "if False else None", FOLLOWED),
    Mutation("taint: encrypted places", TAINT, "inside = inside or keys in (self.paths or ())", "pass", FOLLOWED),
    Mutation("taint: below encrypted places", TAINT, "inside = inside or keys", "inside = keys", FOLLOWED),
    Mutation("taint: the way to encrypted places", TAINT, "for length in range(len(path)))", "for length in range(1))", FOLLOWED),
    Mutation("taint: items of a list", TAINT, "            value[:] = [\n", "            [\n", FOLLOWED),
    Mutation("taint: repeated keys", TAINT, "for entries in (value, repeats):", "for entries in (value,):", FOLLOWED),
    Mutation("taint: carry", TAINT, "made = taint(result, _both(origins, origins_of(result)))", "pass", FOLLOWED),
    Mutation("taint: what the result was made of before", TAINT, "taint(result, _both(origins, origins_of(result)))", "taint(result, origins)", FOLLOWED),
    Mutation("taint: origins of two", TAINT, "return tuple(dict.fromkeys((*first, *second)))", "return first", FOLLOWED),
    Mutation("taint: bytes that are carried on", TAINT, "origins = _both(origins, source.marks.origins)", "pass", FOLLOWED),
    Mutation("taint: carry of a list", TAINT, "made = type(result)(taint(item, origins) for item in result)", "pass", FOLLOWED),
    Mutation("taint: carry_all", TAINT, "return taint(result, origins) if origins else result", "return result", FOLLOWED),
    Mutation("taint: bytes as a source", TAINT, "found.update(dict.fromkeys(value.marks.origins))", "pass", FOLLOWED),
    Mutation("taint: keys as a source", TAINT, "[each for item in value.items() for each in item][::-1]", "[*value.values()][::-1]", FOLLOWED),
)
# fmt: on


def main(words: list[str]) -> int:
    """Try all that are selected in a copy of the project; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        skipped = shutil.ignore_patterns(
            ".venv", ".git", "__pycache__", ".hypothesis", ".mypy_cache", "build"
        )
        shutil.copytree(ROOT, copy, ignore=skipped)
        (copy / ".git").mkdir()  # --app looks for the root of a repository
        python = interpreter(Path(folder) / "env", copy)
        command = [python, str(copy / "scripts/mutations.py"), IN_COPY, *words]
        return subprocess.run(command, cwd=copy, check=False).returncode


def in_copy(words: list[str]) -> int:
    """Try all that are selected, in this folder; returns the exit code."""
    chosen = selected(words)
    # Not where other runs have their folders, which every pytest would tidy up.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(ROOT.parent)
    for name in PRELOADED:
        importlib.import_module(name)
    tests = dict.fromkeys(test for each in chosen for test in each.tests)
    if failed := failing(tests):
        print(f"fails without any mutation: {failed}")
        return 1
    sys.dont_write_bytecode = True  # what is there belongs to the unchanged files, and is valid again later
    unnoticed = []
    for mutation in chosen:
        test = noticed_by(mutation)
        print(f"{mutation.name}: {test or 'UNNOTICED'}", flush=True)
        if not test:
            unnoticed.append(mutation.name)
    print(
        f"{len(chosen)} mutations, {len(unnoticed)} unnoticed" + "".join(f"\n  {name}" for name in unnoticed)
    )
    return 1 if unnoticed else 0


def selected(words: list[str]) -> list[Mutation]:
    """The mutations that the arguments choose: `K/N` is a part of them, any other word a part of the name."""
    parts = [word.split("/") for word in words if PART.fullmatch(word)]
    wanted = [word for word in words if not PART.fullmatch(word)]
    chosen = [each for each in mutations() if not wanted or any(word in each.name for word in wanted)]
    for part, parts_of in parts:
        chosen = chosen[int(part) - 1 :: int(parts_of)]
    return chosen


def mutations() -> Iterator[Mutation]:
    """Every mutation: the gates, the list above, the methods of a tainted string, the carriers."""
    yield from _gates()
    yield from FIXED
    yield from _methods()
    for top in CARRIERS:
        path = ROOT / top
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            if str(file.relative_to(ROOT)) != TAINT:
                yield from _carriers(file)


def _gates() -> Iterator[Mutation]:
    """Each gate and strict rule is taken out of its table."""
    for table, word, tests in GATE_TABLES:
        written = (ROOT / REGISTRY).read_text().partition(f"\n{table}: ")[2]
        head, _, listed = written.partition(" = (")
        rules = listed.partition(")")[0]
        old = f"{table}: {head} = ({rules})"
        for rule in rules.replace(",", " ").split():
            left = "".join(f"{each}, " for each in rules.replace(",", " ").split() if each != rule)
            yield Mutation(f"{word} {rule}", REGISTRY, old, f"{table}: {head} = ({left})", tests)


def _methods() -> Iterator[Mutation]:
    """Each method that the tainted string overrides is left to `str`."""
    listed = (ROOT / TAINT).read_text().partition("_STRING_METHODS = (")[2].partition(")")[0]
    names = "".join(ast.literal_eval(f"({listed})")).split()
    wanted = "for _name in _STRING_METHODS.split():"
    for name in names:
        left = f'for _name in {{*_STRING_METHODS.split()}} - {{"{name}"}}:'
        yield Mutation(f"taint: str.{name}", TAINT, wanted, left, (ITSELF,))


def _carriers(file: Path) -> Iterator[Mutation]:
    """Each call of a carrier becomes its first argument, and for `quoted` a plain `Quoted`."""
    source = file.read_text()
    name = str(file.relative_to(ROOT))
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        if node.func.id not in ("carry", "carry_all", "quoted"):
            continue
        text, first = (ast.get_source_segment(source, each) or "" for each in (node, node.args[0]))
        new = LOST.format(text) if node.func.id == "quoted" else first
        whole = _line(source, node)
        tests = tuple(dict.fromkeys((BY_HAND, *FOLLOWED)))
        yield Mutation(f"carrier {name}:{node.lineno}", name, whole, whole.replace(text, new), tests)


def _line(source: str, node: ast.Call) -> str:
    """The lines of a call, whole, with the one before: the same line may be there twice."""
    return "\n".join(source.split("\n")[node.lineno - 2 : node.end_lineno])


def interpreter(folder: Path, copy: Path) -> str:
    """A Python, with our commands beside it, that finds the package in the copy in any environment."""
    venv.create(folder, symlinks=True)
    paths = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", vars=paths))
    (packages / "copy.pth").write_text(f"{copy}\n{sysconfig.get_path('purelib')}\n")
    for name, target in tomllib.loads((copy / "pyproject.toml").read_text())["project"]["scripts"].items():
        module, function = target.split(":")
        command = folder / "bin" / name
        command.write_text(
            f"#!{folder}/bin/python\nimport sys\nfrom {module} import {function}\n\nsys.exit({function}())\n"
        )
        command.chmod(0o755)
    return str(folder / "bin/python")


def noticed_by(mutation: Mutation) -> str:
    """The test that fails when the file is changed; empty when all pass."""
    file = ROOT / mutation.file
    before, status = file.read_text(), file.stat()
    if before.count(mutation.old) != 1:
        raise SystemExit(f"{mutation.name}: not once in {mutation.file}: {mutation.old!r}")
    file.write_text(before.replace(mutation.old, mutation.new))
    try:
        return next((failed for test in mutation.tests if (failed := failing([test]))), "")
    finally:
        file.write_text(before)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def failing(tests: Iterable[str]) -> str:
    """The first of the tests that fails; empty when all pass. A forked child runs them: pytest is loaded already."""
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as failed:
        child = os.fork()
        if not child:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            code = 3
            try:
                code = pytest.main([*QUIETLY, *tests], plugins=[_Watch(failed)])
            except BaseException:
                traceback.print_exc()
            finally:
                for stream in (failed, sys.stdout, sys.stderr):
                    stream.flush()
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        failed.seek(0)
        said.seek(0)
        test = failed.readline().strip()
        if code and not test:  # the mutation is no valid code, or a test cannot be read
            raise SystemExit(f"pytest did not run:\n{said.read()[-2000:]}")
    return test


class _Watch:
    """Writes the names of tests that fail into a file."""

    def __init__(self, failed: TextIO) -> None:
        self.failed = failed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            print(report.nodeid, file=self.failed)


if __name__ == "__main__":
    if sys.argv[1:2] == [IN_COPY]:
        sys.exit(in_copy(sys.argv[2:]))
    sys.exit(main(sys.argv[1:]))

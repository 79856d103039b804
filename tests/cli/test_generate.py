"""cmp-generate as a process: exit codes, streams, locale, and what it never does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from example_overlays import EXAMPLES, KEY, ROOT, rendered

PRODUCTION = EXAMPLES / "fraud-detection/k8s/overlays/production"
SMALL = "configMapGenerator: [{name: a, literals: [k=v]}]\n"


def generate(*arguments, cwd=ROOT, environ=None, program=("-m", "cmp.cli.generate"), **options):
    env = {"PATH": "/usr/bin:/bin", "SOPS_AGE_KEY_FILE": str(KEY), **(environ or {})}
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(
        check=False,
        args=[sys.executable, *program, *arguments],
        cwd=cwd,
        env=env,
        capture_output="stdout" not in options,
        **options,
    )


@pytest.fixture
def small(tmp_path):
    (tmp_path / "kustomization.yaml").write_text(SMALL)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--nope"], "--nope"),
        (["--plane"], "--plain"),
        (["a", "b"], "several directories can only be rendered into a folder"),
        (["a", "--color", "red"], "auto or always or never"),
        (["--root"], "needs a value"),
        (["--plain", "--masked"], "exclude"),
        (["--app", "x", "y"], "exclude"),
        (["--app=x", "--plain"], "exclude"),
        (["--load-restrictor", "none"], "LoadRestrictionsNone"),
    ],
)
def test_wrong_usage(arguments, word):
    done = generate(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"error: ")
    assert word.encode() in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("CMP_MAX_FILES", "many"), ("CMP_STRICT", "yes"), ("CMP_DEADLINE", "0"), ("CMP_CONCURRENCY", "x")],
)
def test_a_wrong_operator_setting_is_wrong_usage(small, name, value):
    done = generate(str(small), environ={name: value})
    assert (done.returncode, done.stdout) == (2, b"")
    assert name.encode() in done.stderr


def test_help_and_version():
    assert generate("--help").stdout.startswith(b"usage: cmp-generate")
    assert generate("--version").stdout.startswith(b"cmp-generate ")


def test_the_installed_script_is_the_same(small):
    script = Path(sys.executable).with_name("cmp-generate")
    done = subprocess.run([script, str(small)], capture_output=True, check=True, stdin=subprocess.DEVNULL)
    assert done.stdout == generate(str(small)).stdout


def test_a_directory_or_the_current_one(small):
    assert generate(str(small)).stdout == generate(cwd=small).stdout == generate("--", ".", cwd=small).stdout


@pytest.mark.parametrize(
    "environ",
    [
        {"LANG": "C", "LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "tr_TR.ISO-8859-9", "TZ": "Pacific/Chatham"},
        {"HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent"},
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "2", "COLUMNS": "20", "TERM": "xterm"},
    ],
)
def test_the_output_does_not_depend_on_the_environment(environ):
    done = generate(str(PRODUCTION), environ=environ)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == rendered(PRODUCTION)


def test_text_that_is_not_ascii_in_any_locale(tmp_path):
    (tmp_path / "kustomization.yaml").write_text(
        "configMapGenerator: [{name: a, files: [naïve.txt]}]\n", "utf-8"
    )
    (tmp_path / "naïve.txt").write_text("Grüße 🎉\n", "utf-8")
    done = generate(str(tmp_path), environ={"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"})
    if done.returncode == 0:  # the key's name is not a valid one for a ConfigMap; upstream decides
        assert "Grüße" in done.stdout.decode("utf-8") or b"\\u" in done.stdout
    else:
        assert "naïve.txt" in done.stderr.decode("utf-8")


def test_closed_standard_input(small):
    code = f"exec '{sys.executable}' -m cmp.cli.generate '{small}' <&-"
    done = subprocess.run(["/bin/sh", "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == generate(str(small)).stdout
    assert done.stderr == b""


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_output_does_not_hang_or_trace(small, closed):
    code = f"exec '{sys.executable}' -m cmp.cli.generate '{small}' {closed}"
    done = subprocess.run(["/bin/sh", "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == (0 if closed == "2>&-" else 1)
    assert b"Traceback" not in done.stderr


def test_a_reader_that_leaves():
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = generate(str(PRODUCTION), stdout=write_end, stderr=subprocess.PIPE)
    finally:
        os.close(write_end)
    assert done.stderr == b""
    assert done.returncode == 141  # as a shell counts SIGPIPE: what was read is not all


def test_a_full_disk_behind_standard_output():
    with open("/dev/full", "wb") as full:
        done = generate(str(PRODUCTION), stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert b"standard output cannot be written: no space left on device" in done.stderr


def test_from_an_application_the_same_as_in_the_sidecar():
    done = generate("--app", "argocd-apps/fraud-detection-production.yaml")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == rendered(PRODUCTION)


def test_explain_names_sources_and_no_uri():
    done = generate("--explain", str(PRODUCTION))
    text = done.stderr.decode()
    assert done.stdout == rendered(PRODUCTION)
    assert "decrypted: " in text
    assert "spec.storageUri = s3://***" in text
    assert "mlflow-artifacts-prod" not in text


def test_masked_needs_no_key_and_shows_nothing():
    done = generate("--masked", str(PRODUCTION), environ={"SOPS_AGE_KEY_FILE": ""})
    assert done.returncode == 0, done.stderr
    assert b"s3://" not in done.stdout
    assert b"ENC[" not in done.stdout


@pytest.mark.parametrize("name", ["a\x1b[31mb", "a\nerror: fake", "a\u202eb"])
def test_file_names_cannot_write_on_the_terminal(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "kustomization.yaml").write_text("resources: [gone.yaml]\n")
    done = generate(str(folder), "--root", str(tmp_path))
    text = done.stderr.decode()
    assert done.returncode == 1
    assert text.count("\nerror:") == 0
    assert all(character.isprintable() or character == "\n" for character in text)


def test_arguments_that_are_not_utf8():
    done = generate(b"/nonexistent\xff")
    assert done.returncode == 1
    assert b"\\xff" in done.stderr


def test_no_core_dumps(small):
    code = (
        "import resource, sys; from cmp.cli.generate import main; code = main();"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0], file=sys.stderr)"
    )
    done = generate(str(small), program=("-c", code))
    assert done.stderr == b"0\n"


UNEXPECTED = """
import sys
import cmp.render.pipeline as pipeline
def broken(*_):
    secret = "hunter2"
    raise RuntimeError("the value hunter2")
pipeline.render = broken
from cmp.cli.generate import main
sys.exit(main())
"""


@pytest.mark.parametrize("debug", ["", "true"])
def test_an_unexpected_exception_shows_class_and_place_only(small, debug):
    done = generate(str(small), program=("-c", UNEXPECTED), environ={"CMP_DEBUG": debug})
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"error: internal error: RuntimeError in cmp.cli.request" in done.stderr
    assert b"hunter2" not in done.stderr
    assert b"Traceback" not in done.stderr
    assert (b"request.Request.render" in done.stderr) == bool(debug)


def test_deep_nesting_is_an_error_and_no_traceback(tmp_path):
    (tmp_path / "kustomization.yaml").write_text("resources: [a.yaml]\n")
    (tmp_path / "a.yaml").write_text("a: " + "[" * 100_000)
    done = generate(str(tmp_path))
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"Traceback" not in done.stderr


def test_one_line_of_json_only_when_asked(small):
    import json

    assert generate(str(small)).stderr == b""
    line = json.loads(generate(str(small), environ={"CMP_LOG": "json"}).stderr)
    assert (line["event"], line["outcome"], line["objects"], line["files"]) == ("render", "done", 1, 1)
    (small / "kustomization.yaml").write_text("resources: [gone]\n")
    done = generate(str(small), environ={"CMP_LOG": "json"})
    assert done.stderr.startswith(b"error: ")
    assert json.loads(done.stderr.splitlines()[-1])["outcome"] != "done"


AUDIT = """
import os, sys
broken = []
def hook(event, args):
    if event == "open":
        path, mode, flags = args
        if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
            broken.append(("open", str(path)))
    elif event.startswith(("subprocess", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "pty")):
        broken.append((event, ""))
    elif event.startswith(("socket.", "shutil.", "tempfile.", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link",
                           "os.symlink", "os.truncate", "os.chmod", "os.chown", "urllib", "http", "ctypes.dlopen")):
        broken.append((event, str(args[:1])))
sys.addaudithook(hook)
sys.dont_write_bytecode = True
from cmp.cli import bounds
from cmp.cli.generate import main
bounds.SETTLED = 49  # for a machine on which this render takes more than a second
code = main()
sys.stderr.write("".join(f"{event} {path}\\n" for event, path in broken))
sys.exit(code)
"""


@pytest.mark.parametrize("limit", [False, True])
def test_nothing_is_written_but_the_lock_and_no_program_is_started(tmp_path, limit):
    environ = {"CMP_CONCURRENCY": "2", "CMP_STATE_DIR": str(tmp_path)} if limit else {}
    done = generate(str(PRODUCTION), program=("-c", AUDIT), environ=environ)
    assert done.returncode == 0, done.stderr
    assert done.stdout == rendered(PRODUCTION)
    lines = done.stderr.decode().splitlines()
    slots = f"{tmp_path}/cmp-slots-{os.getuid()}"
    assert all(slots in line for line in lines), lines
    assert bool(lines) == limit
    if limit:
        assert {path.name for path in Path(slots).iterdir()} == {"key", "lock"}

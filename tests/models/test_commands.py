"""`cmpctl models` on a small repository, against a registry in memory."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from cmp import age
from cmp.cli.ctl import main
from cmp.models.errors import RegistryError, UnreachableError
from cmp.models.reference import parse
from cmp.models.registry import Registries, Resolution
from cmp.sops.write.document import NewFile, encrypt

ADDRESS = "https://mlflow.example"
NAME = "fraud detector"


class Fake:
    """A registry: aliases to versions, versions to (URI, tags)."""

    address = ADDRESS

    def __init__(self):
        self.aliases = {"champion": "1", "challenger": "2"}
        self.versions = {
            "1": ("s3://bkt-staging/m/1", {"approved": "true"}),
            "2": ("s3://bkt-staging/m/2", {}),
            "3": ("s3://bkt-staging/m/3", {"approved": "true"}),
        }
        self.asked = 0

    def resolve(self, text):
        self.asked += 1
        ref = parse(text)
        version = self.aliases.get(ref.selector, ref.selector)
        if version not in self.versions:
            raise RegistryError(f"the model {ref.name!r} has no alias {ref.selector!r}")
        uri, tags = self.versions[version]
        return Resolution(self.address, ref.name, version, f"run-{version}", uri, tags)


@pytest.fixture
def registry(monkeypatch):
    fake = Fake()
    monkeypatch.setattr("cmp.cli.commands.models.resolving.Registries", lambda environ: fake)
    return fake


@pytest.fixture
def repo(tmp_path, monkeypatch, overlays, registry):
    monkeypatch.chdir(tmp_path)
    for name in ("SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", "CMP_PROJECT_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CMP_LOCKED_BY", "ci@example.com")
    overlays(tmp_path)
    git("init", "-q", ".")
    return tmp_path


def git(*arguments):
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


STAGING, PRODUCTION = "k8s/overlays/staging", "k8s/overlays/production"
LOCK = "model-config.lock.yaml"


def lock_of(overlay):
    return yaml.safe_load(Path(overlay, LOCK).read_text())["spec"]["entries"]


def models(*arguments, code=0):
    assert main(["models", *arguments]) == code


class TestLock:
    def test_a_first_lock(self, repo, capsys):
        models("lock", STAGING)
        entries = lock_of(STAGING)
        entry = entries["baseline"]
        assert entry["ref"] == f"models:/{NAME}@champion"
        assert (entry["registry"], entry["model"], entry["version"], entry["runId"]) == (
            ADDRESS,
            NAME,
            "1",
            "run-1",
        )
        assert entry["uri"] == "s3://bkt-staging/m/1"
        assert entry["tags"] == {"approved": "true"}
        assert entry["lockedBy"] == "ci@example.com"
        assert entry["digest"].startswith("v2:sha256:")
        text = Path(STAGING, "kustomization.yaml").read_text()
        assert "# staging\nresources:\n  - ../../base\n  - model-config.lock.yaml\npatches:\n" in text
        shown = capsys.readouterr()
        assert '+      version: "1"' in shown.out
        assert "is not encrypted" in shown.err

    def test_nothing_new(self, repo, capsys):
        models("lock", STAGING)
        before = Path(STAGING, LOCK).read_text()
        models("lock", STAGING)
        assert Path(STAGING, LOCK).read_text() == before
        assert capsys.readouterr().out.endswith("no change\n")

    def test_only_the_moved_entry_changes(self, repo, registry):
        models("lock", STAGING)
        before = lock_of(STAGING)
        registry.aliases["champion"] = "3"
        models("lock", STAGING)
        after = lock_of(STAGING)
        assert after["candidate"] == before["candidate"]
        assert after["baseline"]["version"] == "3"

    def test_comments_in_a_lock_survive(self, repo, registry):
        models("lock", STAGING)
        path = Path(STAGING, LOCK)
        path.write_text(path.read_text().replace('version: "1"', 'version: "1"   # since the incident'))
        registry.aliases["champion"] = "3"
        models("lock", STAGING, "--model", "baseline")
        assert 'version: "3"   # since the incident' in path.read_text()

    def test_dry_run_and_check_write_nothing(self, repo, capsys):
        models("lock", STAGING, "--dry-run")
        models("lock", STAGING, "--check", code=1)
        assert not Path(STAGING, LOCK).exists()
        assert "+++ k8s/overlays/staging/model-config.lock.yaml" in capsys.readouterr().out

    def test_tags_and_prefixes(self, repo, capsys, registry):
        registry.versions["1"] = ("s3://bkt-prod/m/1", {"approved": "true"})
        models("lock", PRODUCTION, code=1)
        assert "needs the tag approved=true" in capsys.readouterr().err
        registry.versions["2"] = ("s3://bkt-staging/m/2", {"approved": "true"})
        models("lock", PRODUCTION, code=1)
        assert "below none of policy.allowedPrefixes" in capsys.readouterr().err

    def test_a_dropped_model_leaves_the_lock(self, repo):
        models("lock", STAGING)
        path = Path(STAGING, "model-config.yaml")
        drop = "  models: {candidate: null}\n  traffic: null\n"
        path.write_text(path.read_text() + drop)
        # the stale entry is an error in a render; a new lock drops it
        models("lock", STAGING)
        assert list(lock_of(STAGING)) == ["baseline"]

    def test_a_literal_uri_cannot_be_locked(self, repo, capsys):
        models("set", STAGING, "baseline", "--uri", "s3://bkt-staging/x")
        models("lock", STAGING, "--model", "baseline", code=2)
        assert "literal uri" in capsys.readouterr().err

    def test_a_new_lock_is_encrypted_as_sops_yaml_says(self, repo, monkeypatch, capsys):
        key = Path(__file__).parents[2] / "examples/keys/public-test-key.agekey"
        recipient = next(line for line in key.read_text().splitlines() if "public key" in line).rpartition(
            " "
        )[2]
        Path(".sops.yaml").write_text(
            f"creation_rules:\n  - age: {recipient}\n    encrypted_regex: ^(data|stringData)$\n"
        )
        models("lock", STAGING)
        text = Path(STAGING, LOCK).read_text()
        assert "s3://" not in text
        assert 'version: "1"' in text
        assert capsys.readouterr().err == ""
        monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(key))
        models("show", STAGING, "--show-uris")
        assert "s3://bkt-staging/m/1" in capsys.readouterr().out
        sealed = [line for line in text.splitlines() if "uri: ENC" in line]
        registry_move(monkeypatch)
        models("lock", STAGING, "--model", "baseline")
        now = [line for line in Path(STAGING, LOCK).read_text().splitlines() if "uri: ENC" in line]
        assert now[0] != sealed[0]
        assert now[1] == sealed[1], "an entry that stays keeps its ciphertext"


def registry_move(monkeypatch):
    fake = Fake()
    fake.aliases["champion"] = "3"
    monkeypatch.setattr("cmp.cli.commands.models.resolving.Registries", lambda environ: fake)


class TestCheck:
    def test_same(self, repo, capsys):
        models("lock", STAGING)
        models("check", STAGING)
        assert "is still version 1" in capsys.readouterr().out

    def test_moved(self, repo, capsys, registry):
        models("lock", STAGING)
        registry.aliases["champion"] = "3"
        capsys.readouterr()
        models("check", STAGING, "--output", "json", code=1)
        rows = {row["model"]: row for row in json.loads(capsys.readouterr().out)}
        assert (rows["baseline"]["state"], rows["baseline"]["locked"], rows["baseline"]["now"]) == (
            "moved",
            "1",
            "3",
        )
        assert rows["candidate"]["state"] == "same"

    def test_tags_that_no_policy_asks_for_do_not_count(self, repo, capsys, registry):
        models("lock", STAGING)
        registry.versions["1"] = ("s3://bkt-staging/m/1", {"auc": "0.91"})
        models("check", STAGING)
        Path(STAGING, "model-config.yaml").write_text(
            Path(STAGING, "model-config.yaml").read_text() + "    requireTags: {approved: 'true'}\n"
        )
        models("check", STAGING, code=1)
        assert "tags have changed: approved" in capsys.readouterr().out

    @pytest.mark.parametrize(
        "address", ["https://other.example", f"{ADDRESS}:8443", ADDRESS.replace("https", "http")]
    )
    def test_another_registry(self, repo, capsys, registry, address):
        models("lock", STAGING)
        registry.address = address
        models("check", STAGING, code=4)
        assert f"locked from {ADDRESS}, but the registry asked is {address}" in capsys.readouterr().out

    @pytest.mark.parametrize("key", ["none", "of another file", "behind a passphrase"])
    def test_a_uri_that_no_key_here_opens_is_not_compared(self, repo, capsys, monkeypatch, key):
        """What needs no key asks for none, and takes a key that does not fit for none."""
        own = Path(__file__).parents[2] / "examples/keys/public-test-key.agekey"
        recipient = own.read_text().partition("public key: ")[2].split()[0]
        models("lock", STAGING)
        path = str(Path(STAGING, LOCK))
        rule = ("--encrypted-regex", "^uri$")
        assert main(["secrets", "encrypt", "-i", "--age", recipient, *rule, path]) == 0
        if key != "none":
            assert main(["secrets", "keygen", "-o", "key"]) == 0
            monkeypatch.setenv("SOPS_AGE_KEY_FILE", "key")
        if key == "behind a passphrase":
            locked = age.encrypt(Path("key").read_bytes(), [age.ScryptRecipient(b"words", 2)], armor=True)
            Path("key").write_bytes(locked)

            def ask():
                raise AssertionError("nobody may be asked")

            monkeypatch.setattr("cmp.sops.keys.terminal_asker", lambda: ask)
        capsys.readouterr()
        models("check", STAGING)
        assert "encrypted and not compared" in capsys.readouterr().out
        models("show", STAGING, "--show-uris")
        assert "encrypted" in capsys.readouterr().out

    def test_another_place_of_the_same_version(self, repo, capsys, registry):
        models("lock", STAGING)
        registry.versions["1"] = ("s3://bkt-staging/moved", {})
        models("check", STAGING, code=1)
        assert "another place" in capsys.readouterr().out

    def test_a_mapped_place_is_the_same(self, repo, capsys, registry):
        registry.aliases["challenger"] = "3"
        models("lock", STAGING)
        models("promote", "--from", STAGING, "--to", PRODUCTION)
        models("check", PRODUCTION)

    def test_unreachable(self, repo, capsys, registry):
        models("lock", STAGING, "--model", "baseline")

        def fail(*given):
            raise UnreachableError("cannot be reached")

        registry.resolve = fail
        models("check", STAGING, code=4)  # the highest: another model is not locked
        out = capsys.readouterr().out
        assert "is not locked" in out
        assert "cannot be reached" in out

    def test_nothing_configured(self, repo, capsys, monkeypatch):
        models("lock", STAGING, "--model", "baseline")
        monkeypatch.setattr("cmp.cli.commands.models.resolving.Registries", Registries)
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
            monkeypatch.delenv(name, raising=False)
        models("check", STAGING, code=4)
        assert "no registry is configured" in capsys.readouterr().out

    def test_not_locked_and_gone(self, repo, capsys, registry):
        models("check", STAGING, code=3)
        assert "is not locked" in capsys.readouterr().out
        models("lock", STAGING)
        del registry.aliases["champion"]
        models("check", STAGING, code=1)
        assert "has no alias 'champion'" in capsys.readouterr().out


class TestSet:
    def test_a_uri_in_the_overlays_own_file(self, repo, capsys):
        models("set", STAGING, "baseline", "--uri", "s3://bkt-staging/x")
        text = Path(STAGING, "model-config.yaml").read_text()
        assert yaml.safe_load(text)["spec"]["models"]["baseline"] == {
            "uri": "s3://bkt-staging/x",
            "ref": None,
        }
        assert Path("k8s/base/config.yaml").read_text().count("models:/") == 2

    def test_a_patch_is_made_where_there_is_none(self, repo):
        Path(STAGING, "model-config.yaml").unlink()
        Path(STAGING, "kustomization.yaml").write_text("resources: [../../base]\n")
        models("set", STAGING, "--weight", "candidate=0")
        assert yaml.safe_load(Path(STAGING, "kustomization.yaml").read_text()) == {
            "resources": ["../../base"],
            "patches": [{"path": "model-config.yaml"}],
        }
        patch = yaml.safe_load(Path(STAGING, "model-config.yaml").read_text())
        assert patch["spec"] == {"traffic": {"weights": {"baseline": 100, "candidate": 0}}}

    def test_in_the_base_comments_stay(self, repo):
        before = Path("k8s/base/config.yaml").read_text()
        models("set", "k8s/base", "baseline", "--version", "7")
        after = Path("k8s/base/config.yaml").read_text()
        assert after == before.replace("detector@champion   #", "detector/7   #")

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (("baseline", "--uri", "s3://elsewhere/x"), 1, "below none of policy.allowedPrefixes"),
            (("baseline", "--uri", "models:/x/1"), 1, "not a place to read from"),
            (("baseline", "--alias", "v3"), 1, "reserved"),
            (("baseline", "--uri", "s3://bkt-staging/x", "--version", "3"), 2, "exclude each other"),
            (("bseline", "--version", "3"), 1, "no model is named 'bseline'"),
            (("--version", "3"), 2, "go together"),
            ((), 2, "nothing to set"),
            (("--weight", "baseline=101"), 1, "whole number from 0 to 100"),
            (("--weight", "baseline"), 2, "MODEL=N"),
            (("--weight", "baseline=50", "--weight", "candidate=20"), 1, "must sum to 100"),
        ],
    )
    def test_refused(self, repo, capsys, arguments, code, words):
        before = Path(STAGING, "model-config.yaml").read_text()
        models("set", STAGING, *arguments, code=code)
        assert words in capsys.readouterr().err
        assert Path(STAGING, "model-config.yaml").read_text() == before


class TestSetOnALockedModel:
    """The emergency rollback: no dead end, whatever the policy says."""

    def test_the_entry_is_taken_out_and_the_tree_renders(self, repo, capsys):
        models("lock", STAGING)
        capsys.readouterr()
        models("set", STAGING, "baseline", "--uri", "s3://bkt-staging/old")
        out = capsys.readouterr().out
        assert "the lock entry of baseline (version 1 of fraud detector) is taken out" in out
        assert sorted(lock_of(STAGING)) == ["candidate"]
        assert "s3://bkt-staging/old" in rendered(STAGING)
        # The way back that it prints works as it stands.
        _, _, hint = out.partition("to lock again: cmpctl models ")
        models(*shlex.split(hint.splitlines()[0]))
        models("lock", STAGING)
        assert "s3://bkt-staging/m/1" in rendered(STAGING)

    def test_of_the_only_entry(self, repo, capsys):
        models("lock", STAGING, "--model", "baseline")
        models("set", STAGING, "candidate", "--uri", "s3://bkt-staging/c")
        models("set", STAGING, "baseline", "--uri", "s3://bkt-staging/b")
        assert lock_of(STAGING) == {}
        assert "s3://bkt-staging/b" in rendered(STAGING)

    def test_a_required_lock_refuses_before_it_writes_and_says_the_way_back(self, repo, capsys):
        models("lock", STAGING)
        path = Path(STAGING, "model-config.yaml")
        path.write_text(path.read_text() + "    requireLock: true\n")
        before = path.read_bytes(), Path(STAGING, LOCK).read_bytes()
        capsys.readouterr()
        models("set", STAGING, "baseline", "--uri", "s3://bkt-staging/old", code=1)
        err = capsys.readouterr().err
        assert "k8s/overlays/staging/model-config.yaml" in err
        assert f"cmpctl models promote --from {STAGING}@REV --to {STAGING} --model baseline" in err
        assert f"cmpctl models set {STAGING} baseline --version N" in err
        assert (path.read_bytes(), Path(STAGING, LOCK).read_bytes()) == before
        models("set", STAGING, "baseline", "--version", "3")
        models("lock", STAGING, "--model", "baseline")
        assert "s3://bkt-staging/m/3" in rendered(STAGING)

    def test_a_lock_that_is_left_over_is_dropped_without_a_reference(self, repo, capsys):
        models("lock", STAGING)
        path = Path("k8s/base/config.yaml")
        text = path.read_text().replace("ref: models:/fraud detector@champion", "uri: s3://bkt-staging/b")
        path.write_text(text.replace('ref: "models:/fraud detector@challenger"', "uri: s3://bkt-staging/c"))
        models("lock", STAGING)
        assert lock_of(STAGING) == {}
        assert "s3://bkt-staging/c" in rendered(STAGING)

    def test_a_lock_of_the_base(self, repo, capsys):
        models("lock", STAGING)
        over = Path("k8s/overlays/over")
        over.mkdir()
        (over / "kustomization.yaml").write_text("resources: [../staging]\n")
        models("set", str(over), "baseline", "--uri", "s3://bkt-staging/x", code=1)
        assert "does not list itself" in capsys.readouterr().err


def rendered(overlay):
    from cmp.cli.commands.models.overlay import disk_tree
    from cmp.render.pipeline import render
    from cmp.render.settings import Settings

    return render(disk_tree(overlay), str(Path(overlay).resolve()), Settings()).text


def red_and_blue(name, prefix=""):
    """An overlay that has the base twice, under two prefixes."""
    for color in ("red", "blue"):
        folder = Path("k8s/overlays", color)
        folder.mkdir()
        (folder / "kustomization.yaml").write_text(f"namePrefix: {color}-\nresources: [../../base]\n")
    both = Path("k8s/overlays", name)
    both.mkdir()
    (both / "kustomization.yaml").write_text(f"namePrefix: {prefix!r}\nresources: [../red, ../blue]\n")
    return both


def test_a_base_used_twice_is_edited_in_the_right_copy(repo, capsys):
    both = red_and_blue("both", prefix="x-")
    for color in ("red", "blue"):
        for model in ("baseline", "candidate"):
            uri = f"s3://bkt-staging/{color}/{model}"
            models("set", str(both), model, "--config", f"x-{color}-fraud", "--uri", uri)
    text = rendered(both)
    for uri in ("red/baseline", "red/candidate", "blue/baseline", "blue/candidate"):
        assert f"s3://bkt-staging/{uri}" in text


def test_a_hint_names_the_config_and_quotes_the_folder(repo, capsys):
    both = red_and_blue("two of them")
    models("set", str(both), "baseline", "--config", "red-fraud", "--ref", "models:/fraud@champion")
    [command] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("run ")]
    command = command.removeprefix("run cmpctl models ").partition(": ")[0]
    models(*shlex.split(command))
    assert lock_of(str(both))["baseline"]["ref"] == "models:/fraud@champion"
    models("set", str(both), "baseline", "--config", "red-fraud", "--uri", "s3://bkt-staging/old")
    [note] = [line for line in capsys.readouterr().out.splitlines() if "to lock again" in line]
    models(*shlex.split(note.partition("cmpctl models ")[2]))


class TestLockFormat:
    def test_a_plain_lock_has_a_digest_of_its_uri(self, repo, capsys):
        models("lock", STAGING)
        path = Path(STAGING, LOCK)
        assert lock_of(STAGING)["baseline"]["uriDigest"].startswith("sha256:")
        path.write_text(path.read_text().replace("bkt-staging/m/1", "bkt-staging/m/9"))
        models("show", STAGING, code=1)
        assert "does not fit the uri" in capsys.readouterr().err

    @pytest.mark.parametrize("by", ["us", "another program"])
    def test_an_encrypted_lock_has_none(self, repo, monkeypatch, by):
        """It would show whether a guess of the URI is right."""
        key = Path(__file__).parents[2] / "examples/keys/public-test-key.agekey"
        recipient = key.read_text().partition("public key: ")[2].split()[0]
        monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(key))
        models("lock", STAGING)
        path = Path(STAGING, LOCK)
        path.write_text("# why\n" + path.read_text())
        if by == "us":
            assert (
                main(
                    ["secrets", "encrypt", "-i", "--age", recipient, "--encrypted-regex", "^uri$", str(path)]
                )
                == 0
            )
        else:
            new = NewFile(groups=((recipient,),), rule=("encrypted_regex", "^uri$"))
            path.write_bytes(encrypt(path.read_bytes(), "yaml", new, "2026-01-02T03:04:05Z").data)
            assert "uriDigest" in path.read_text()
            models("lock", STAGING)
        text = path.read_text()
        assert "uriDigest" not in text
        assert "uri: ENC" in text
        assert text.startswith("# why\n")
        models("show", STAGING)

    def test_a_tag_does_not_change_what_pods_carry(self, repo, registry):
        models("lock", STAGING)
        before = rendered(STAGING)
        registry.versions["1"] = ("s3://bkt-staging/m/1", {"approved": "true", "auc": "0.91"})
        models("lock", STAGING)
        assert lock_of(STAGING)["baseline"]["tags"]["auc"] == "0.91"
        assert rendered(STAGING) == before

    def test_a_tag_that_is_asked_for_does(self, repo, registry):
        path = Path(STAGING, "model-config.yaml")
        path.write_text(path.read_text() + "    requireTags: {approved: 'true'}\n")
        registry.aliases["challenger"] = "3"
        models("lock", STAGING)
        before = rendered(STAGING)
        path.write_text(path.read_text().replace("approved: 'true'", "approved: 'yes'"))
        for version in ("1", "3"):
            registry.versions[version] = (registry.versions[version][0], {"approved": "yes"})
        models("lock", STAGING)
        assert rendered(STAGING) != before

    def test_a_lock_of_the_first_format_keeps_what_pods_carry(self, repo, registry):
        from cmp.models.lock import digest

        models("lock", STAGING)
        path = Path(STAGING, LOCK)
        body = yaml.safe_load(path.read_text())
        for entry in body["spec"]["entries"].values():
            del entry["uriDigest"]
            said = ("ref", "registry", "model", "version", "runId", "tags")
            entry["digest"] = digest({key: entry[key] for key in said if key in entry})
        path.write_text(yaml.safe_dump(body))
        before = rendered(STAGING)
        assert body["spec"]["entries"]["baseline"]["digest"] in before
        models("lock", STAGING)
        assert path.read_text() == yaml.safe_dump(body), "nothing has changed"
        registry.versions["1"] = ("s3://bkt-staging/m/1", {"auc": "1"})
        models("lock", STAGING)
        assert lock_of(STAGING)["baseline"]["digest"].startswith("v2:")
        assert rendered(STAGING) == before
        registry.aliases["champion"] = "3"
        models("lock", STAGING)
        assert "podDigest" not in lock_of(STAGING)["baseline"]


class TestPromote:
    def promote(self, *more, code=0):
        models("promote", "--from", STAGING, "--to", PRODUCTION, *more, code=code)

    def test_what_was_locked_not_what_the_alias_means(self, repo, registry, capsys):
        models("lock", STAGING)
        registry.aliases["champion"] = "3"
        registry.asked = 0
        self.promote("--model", "baseline")
        assert registry.asked == 0
        theirs, ours = lock_of(STAGING)["baseline"], lock_of(PRODUCTION)["baseline"]
        assert ours["version"] == "1"
        assert ours["digest"] == theirs["digest"]
        assert ours["uri"] == "s3://bkt-prod/m/1"
        assert "no artifact is copied" in capsys.readouterr().out

    def test_a_tag_is_required(self, repo, capsys):
        models("lock", STAGING)
        self.promote(code=1)
        assert "version 2 of the model 'candidate' needs the tag approved=true" in capsys.readouterr().err
        assert not Path(PRODUCTION, LOCK).exists()

    def test_the_candidate_becomes_the_baseline(self, repo, registry):
        registry.versions["2"] = ("s3://bkt-staging/m/2", {"approved": "true"})
        models("lock", STAGING)
        self.promote("--model", "candidate=baseline")
        assert lock_of(PRODUCTION)["baseline"]["ref"] == f"models:/{NAME}@challenger"
        patch = yaml.safe_load(Path(PRODUCTION, "model-config.yaml").read_text())
        assert patch["spec"]["models"]["baseline"]["ref"] == f"models:/{NAME}@challenger"

    def test_from_a_revision(self, repo, registry):
        models("lock", STAGING)
        git("add", "-A")
        git("commit", "-qm", "one")
        registry.aliases["champion"] = "3"
        models("lock", STAGING)
        models("promote", "--from", STAGING + "@HEAD", "--to", PRODUCTION, "--model", "baseline")
        assert lock_of(PRODUCTION)["baseline"]["version"] == "1"

    def test_a_prefix_that_nothing_maps(self, repo, registry, capsys):
        registry.versions["1"] = ("s3://other/m/1", {"approved": "true"})
        path = Path(STAGING, "model-config.yaml")
        path.write_text(path.read_text().replace("s3://bkt-staging/", "s3://other/"))
        registry.versions["2"] = ("s3://other/m/2", {"approved": "true"})
        models("lock", STAGING)
        self.promote(code=1)
        assert "below none of policy.allowedPrefixes" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("to", "uri"),
        [("s3://bkt-prod", "s3://bkt-prod/m/1"), ("s3://bkt-prod/fraud/", "s3://bkt-prod/fraud/m/1")],
    )
    def test_whole_segments_are_mapped(self, repo, to, uri):
        path = Path(PRODUCTION, "model-config.yaml")
        path.write_text(path.read_text().replace("to: s3://bkt-prod/", f"to: {to}"))
        models("lock", STAGING)
        self.promote("--model", "baseline")
        assert lock_of(PRODUCTION)["baseline"]["uri"] == uri

    def test_what_mapping_makes_is_checked_before_it_is_written(self, repo, capsys):
        path = Path(PRODUCTION, "model-config.yaml")
        path.write_text(path.read_text().replace("s3://bkt-prod/", "s3://-no/"))
        models("lock", STAGING)
        self.promote("--model", "baseline", code=1)
        assert "the bucket name is not valid" in capsys.readouterr().err
        assert not Path(PRODUCTION, LOCK).exists()

    @pytest.mark.parametrize(
        ("more", "code", "words"),
        [(("--model", "nobody"), 2, "no model is named 'nobody'"), ((), 1, "no model is locked in --from")],
    )
    def test_refused(self, repo, capsys, more, code, words):
        self.promote(*more, code=code)
        assert words in capsys.readouterr().err


class TestTheFirstPromotion:
    @pytest.mark.parametrize("pinned", ["patch", "alias"])
    def test_without_lock_and_patch(self, repo, registry, capsys, pinned):
        fresh = Path("k8s/overlays/fresh")
        fresh.mkdir()
        (fresh / "kustomization.yaml").write_text("resources: [../../base]\n")
        if pinned == "patch":
            models("set", STAGING, "baseline", "--version", "3")
        models("lock", STAGING)
        asked = registry.asked
        models("promote", "--from", STAGING, "--to", str(fresh))
        assert registry.asked == asked
        listed = yaml.safe_load((fresh / "kustomization.yaml").read_text())
        assert listed["resources"] == ["../../base", LOCK]
        assert ("patches" in listed) == (pinned == "patch")
        assert f"s3://bkt-staging/m/{3 if pinned == 'patch' else 1}" in rendered(fresh)

    def test_a_policy_error_names_the_file_of_the_policy(self, repo, registry, capsys):
        registry.versions["1"] = ("s3://bkt-staging/m/1", {})
        models("lock", STAGING)
        models("promote", "--from", STAGING, "--to", PRODUCTION, code=1)
        err = capsys.readouterr().err
        assert "k8s/overlays/production/model-config.yaml" in err
        assert "spec.policy.requireTags" in err

    @pytest.mark.parametrize("listed", ["patches:\n- patch: |-\n", "patchesStrategicMerge:\n- |-\n"])
    def test_a_policy_in_the_kustomization_itself(self, repo, registry, capsys, listed):
        registry.versions["1"] = ("s3://bkt-staging/m/1", {})
        models("lock", STAGING)
        fresh = Path("k8s/overlays/fresh")
        fresh.mkdir()
        (fresh / "kustomization.yaml").write_text(
            f"resources: [../../base]\n{listed}    apiVersion: cmp.mlops/v1alpha1\n"
            "    kind: ModelConfig\n    metadata: {name: fraud}\n"
            "    spec: {policy: {requireTags: {approved: 'true'}}}\n"
        )
        models("promote", "--from", STAGING, "--to", str(fresh), code=1)
        err = capsys.readouterr().err
        assert "k8s/overlays/fresh/kustomization.yaml" in err
        assert "spec.policy.requireTags" in err
        assert not (fresh / LOCK).exists()


def test_history_of_a_shallow_clone(repo, capsys, tmp_path):
    for number in (1, 2):
        models("set", STAGING, "baseline", "--uri", f"s3://bkt-staging/{number}")
        git("add", ".")
        git("commit", "-qm", f"c{number}")
    capsys.readouterr()
    models("history", STAGING)
    assert "shallow" not in capsys.readouterr().err
    git("clone", "-q", "--depth", "1", f"file://{tmp_path}", "copy")
    models("history", f"copy/{STAGING}")
    assert "the clone is shallow" in capsys.readouterr().err


def test_history(repo, registry, capsys):
    models("lock", STAGING)
    git("add", "-A")
    git("commit", "-qm", "first lock")
    registry.aliases["champion"] = "3"
    models("lock", STAGING)
    models("set", STAGING, "--weight", "candidate=50")
    git("add", "-A")
    git("commit", "-qm", "champion moves")
    capsys.readouterr()
    models("history", STAGING, "--model", "baseline", "--output", "json")
    rows = json.loads(capsys.readouterr().out)
    assert [row["change"] for row in rows] == ["version 1 -> 3; weight none -> 50", "version none -> 1"]
    models("history", STAGING)
    assert "Ann" in capsys.readouterr().out


def test_show(repo, capsys):
    models("show", STAGING, "--output", "json")
    rows = json.loads(capsys.readouterr().out)
    assert [(row["model"], row["source"], row["weight"]) for row in rows] == [
        ("baseline", "unresolved", 80),
        ("candidate", "unresolved", 20),
    ]
    models("lock", STAGING)
    capsys.readouterr()
    models("show", STAGING)
    shown = capsys.readouterr().out
    assert "s3://***" in shown
    assert "s3://bkt" not in shown
    assert "baseline: Model/a" in shown


def test_show_names_the_file_that_brought_a_value(repo, capsys):
    models("lock", STAGING, "--model", "candidate")
    models("set", STAGING, "baseline", "--uri", "s3://bkt-staging/x")
    capsys.readouterr()
    models("show", STAGING, "--output", "json")
    rows = {row["model"]: row["file"] for row in json.loads(capsys.readouterr().out)}
    assert rows == {
        "baseline": "k8s/overlays/staging/model-config.yaml",
        "candidate": "k8s/overlays/staging/model-config.lock.yaml",
    }


def test_a_rule_of_sops_yaml_is_kept_and_joined(tmp_path):
    from cmp.cli.commands.models.declared import _by_rule

    recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    rules = tmp_path / ".sops.yaml"
    (tmp_path / ".git").mkdir()
    for regex, expected in (("^(data|uri)$", "^(data|uri)$"), ("^data$", "^data$|^uri$")):
        rules.write_text(f"creation_rules:\n  - age: {recipient}\n    encrypted_regex: {regex}\n")
        assert _by_rule(str(tmp_path / "model-config.yaml")).rule == ("encrypted_regex", expected)


def test_an_overlay_without_models(repo, capsys, tmp_path):
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/kustomization.yaml").write_text("resources: [x.yaml]\n")
    (tmp_path / "plain/x.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
    models("show", "plain", code=1)
    assert "declares no models" in capsys.readouterr().err
    models("show", "nowhere", code=2)


def test_every_command_has_help(capsys):
    for name in ("show", "set", "lock", "check", "promote", "history"):
        models(name, "--help")
        assert "Examples:" in capsys.readouterr().out

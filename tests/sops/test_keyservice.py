"""Master keys other than age: what may be asked for, what is asked, and the real `sops keyservice` with PGP."""

# ruff: noqa: E501 - a key reads best on one line

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cmp import age
from cmp.protobuf import field, fields
from cmp.sops import decrypt, keyservice
from cmp.sops.document import Branch, Item
from cmp.sops.errors import DataKeyError, KeySourceError
from cmp.sops.keys import KeySource, from_environment, read_file
from cmp.sops.keyservice import Keyservice, line_of, parse, request, socket_path
from cmp.sops.metadata import MasterKey, Metadata

A = age.X25519Identity.generate()
KEY = bytes(range(32))
PGP = MasterKey("pgp", {"fp": "0" * 40, "enc": "-----BEGIN PGP MESSAGE-----"})
CONTEXT = Branch([Item("team", "fraud"), Item("env", "prod")])

# A key of a file, its line in the operator's list, and the message about it: field numbers and texts.
KINDS = [
    (PGP, f"pgp {'0' * 40}", {2: [(1, b"0" * 40)]}),
    (
        MasterKey("kms", {"arn": "arn:x", "enc": "e", "role": "arn:r", "aws_profile": "p", "context": CONTEXT}),
        "kms arn:x role=arn:r aws_profile=p context.env=prod context.team=fraud",
        {
            1: [
                (1, b"arn:x"),
                (2, b"arn:r"),
                (4, b"p"),
                (3, field(1, b"env") + field(2, b"prod")),
                (3, field(1, b"team") + field(2, b"fraud")),
            ]
        },
    ),
    (MasterKey("kms", {"arn": "arn:x", "enc": "e"}), "kms arn:x", {1: [(1, b"arn:x")]}),
    (MasterKey("gcp_kms", {"resource_id": "projects/p", "enc": "e"}), "gcp_kms projects/p", {3: [(1, b"projects/p")]}),
    (
        MasterKey("azure_kv", {"vault_url": "https://v", "name": "n", "version": "1", "enc": "e"}),
        "azure_kv https://v n 1",
        {4: [(1, b"https://v"), (2, b"n"), (3, b"1")]},
    ),
    (
        MasterKey("hc_vault", {"vault_address": "https://v", "engine_path": "sops", "key_name": "k", "enc": "e"}),
        "hc_vault https://v sops k",
        {5: [(1, b"https://v"), (2, b"sops"), (3, b"k")]},
    ),
    (MasterKey("hckms", {"key_id": "r:u", "enc": "e"}), "hckms r:u", {7: [(1, b"r:u")]}),
]  # fmt: skip


def answering(answer: bytes, asked: list[bytes] | None = None):
    def call(socket: str, message: bytes) -> bytes:
        if asked is not None:
            asked.append(message)
        return answer

    return call


def service(*lines: str, call=None) -> Keyservice:
    return Keyservice("/s", lambda: frozenset(lines), call or answering(field(1, KEY)))


def source(made: Keyservice | None, identities: list | None = None) -> KeySource:
    return KeySource(lambda: identities or [], "nowhere", keyservice=made)


def _nested(data: int | bytes) -> Iterator[tuple[int, int | bytes]]:
    assert isinstance(data, bytes)
    return fields(data)


@pytest.mark.parametrize(
    ("key", "line", "message"), KINDS, ids=lambda each: each if isinstance(each, str) else ""
)
def test_what_is_listed_and_what_is_asked(key: MasterKey, line: str, message: dict) -> None:
    assert line_of(key) == line
    assert parse(f"# ours\n\n  {line}  \n".encode(), "keys") == {line}
    ((one, asked), (two, sealed)) = fields(request(key))
    assert (one, two, sealed) == (1, 2, key.enc.encode())
    assert {number: list(_nested(body)) for number, body in _nested(asked)} == message


def test_the_order_of_options_in_the_list_does_not_count() -> None:
    line = "kms context.team=fraud aws_profile=p arn:x context.env=prod role=arn:r"
    assert parse(line.encode(), "keys") == {KINDS[1][1]}


@pytest.mark.parametrize(
    "text",
    [
        "age age1x",
        "pgp",
        "pgp a b",
        "hc_vault https://v sops",
        "nonsense x",
        "kms role=x",
        "\udcff",
    ],
)
def test_a_line_that_is_no_key_stops_the_list(text: str) -> None:
    with pytest.raises(KeySourceError) as caught:
        parse(text.encode("utf-8", "surrogateescape"), "team.masterkeys")
    assert caught.value.where.file == "team.masterkeys"


@pytest.mark.parametrize(
    "change",
    [{"arn": "arn:y"}, {"role": "arn:s"}, {"role": ""}, {"aws_profile": "q"}, {"context": None},
     {"context": Branch([Item("team", "other"), Item("env", "prod")])}, {"arn": "arn:x role=arn:r"}, {"arn": ""}],
)  # fmt: skip
def test_a_key_that_differs_in_anything_is_refused_before_connecting(change: dict) -> None:
    asked: list[bytes] = []
    other = MasterKey("kms", {**KINDS[1][0].fields, **change})
    with pytest.raises(DataKeyError, match="does not list"):
        service(KINDS[1][1], call=answering(b"", asked)).unwrap(other)
    assert asked == []


def test_the_data_key_opens_the_file_and_is_asked_for_once() -> None:
    asked: list[bytes] = []
    made = source(service(line_of(PGP), call=answering(field(1, KEY), asked)))
    for _ in range(3):
        assert made.data_key(Metadata([[PGP]])) == KEY
    assert len(asked) == 1


def test_age_is_tried_first() -> None:
    asked: list[bytes] = []
    enc = age.encrypt(KEY, [A.recipient()], armor=True).decode()
    group = [PGP, MasterKey.age(str(A.recipient()), enc)]
    made = source(service(line_of(PGP), call=answering(b"", asked)), [A])
    assert made.data_key(Metadata([group])) == KEY
    assert asked == []
    assert source(service(line_of(PGP))).data_key(Metadata([group])) == KEY


def test_shares_come_from_both() -> None:
    from cmp.sops.shamir import split

    one, two = split(KEY, 2, 2)
    enc = age.encrypt(one, [A.recipient()], armor=True).decode()
    metadata = Metadata([[MasterKey.age(str(A.recipient()), enc)], [PGP]], shamir_threshold=2)
    made = source(service(line_of(PGP), call=answering(field(1, two))), [A])
    assert made.data_key(metadata) == KEY


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "empty data key"),
        (field(1, b""), "empty data key"),
        (b"\x08\x01", "another kind"),
        (b"\xff", "another kind"),
        (field(1, b"short"), "wrong size"),
    ],
)
def test_an_answer_that_is_no_data_key(answer: bytes, said: str) -> None:
    with pytest.raises(DataKeyError, match=said):
        source(service(line_of(PGP), call=answering(answer))).data_key(Metadata([[PGP]]))


@pytest.mark.parametrize(
    "setting", ["tcp://127.0.0.1:5000", "127.0.0.1:5000", "keyservice.sock", "/" + "x" * 200]
)
def test_only_the_path_of_a_unix_socket_is_taken(setting: str) -> None:
    with pytest.raises(KeySourceError, match="Unix socket"):
        socket_path(setting)
    assert socket_path("unix:///run/a.sock") == socket_path("/run/a.sock") == "/run/a.sock"


def reader(files: dict[str, str]):
    return lambda path: files[path].encode() if path in files else None


@pytest.mark.parametrize(
    ("environ", "files", "may"),
    [
        ({}, {"/keys": "pgp " + "0" * 40}, False),
        ({"CMP_KEYSERVICE_KEYS": "/keys"}, {"/keys": "pgp " + "0" * 40}, True),
        ({"CMP_KEYSERVICE_KEYS": "/keys"}, {}, False),
        ({"CMP_KEYSERVICE_KEYS": "/keys"}, {"/keys": "pgp " + "1" * 40}, False),
        ({"CMP_PROJECT_KEYS": "/p"}, {"/p/team.masterkeys": "pgp " + "0" * 40}, True),
        ({"CMP_PROJECT_KEYS": "/p"}, {"/p/default.masterkeys": "pgp " + "0" * 40}, True),
        ({"CMP_PROJECT_KEYS": "/p"}, {"/p/other.masterkeys": "pgp " + "0" * 40}, False),
        (
            {"CMP_PROJECT_KEYS": "/p"},
            {"/p/team.masterkeys": "", "/p/default.masterkeys": "pgp " + "0" * 40},
            False,
        ),
        (
            {"CMP_PROJECT_KEYS": "/p", "CMP_KEYSERVICE_KEYS": "/keys"},
            {"/keys": "pgp " + "0" * 40},
            False,
        ),
    ],
)
def test_each_project_has_its_own_list(monkeypatch, environ, files, may: bool) -> None:
    monkeypatch.setattr(keyservice, "_over_grpc", answering(field(1, KEY)))
    made = from_environment(
        {"CMP_KEYSERVICE": "/s", "ARGOCD_APP_PROJECT_NAME": "team", **environ}, reader(files)
    )
    if may:
        assert made.data_key(Metadata([[PGP]])) == KEY
    else:
        with pytest.raises((DataKeyError, KeySourceError)):
            made.data_key(Metadata([[PGP]]))


def test_nothing_from_the_application_turns_it_on(monkeypatch) -> None:
    monkeypatch.setattr(keyservice, "_over_grpc", answering(field(1, KEY)))
    environ = {
        "ARGOCD_ENV_CMP_KEYSERVICE": "/s",
        "ARGOCD_ENV_CMP_KEYSERVICE_KEYS": "/keys",
        "CMP_KEYSERVICE_KEYS": "/keys",
    }
    with pytest.raises(DataKeyError, match="cannot be used here"):
        from_environment(environ, reader({"/keys": line_of(PGP)})).data_key(Metadata([[PGP]]))


# -- over a socket


@pytest.fixture
def socket(tmp_path_factory) -> Iterator[str]:
    # A socket's path is short, a test's folder is not.
    import tempfile

    with tempfile.TemporaryDirectory(prefix="ks") as folder:
        yield f"{folder}/s"


def grpc_server(socket: str, answer):
    pytest.importorskip("hpack", reason="the extra 'keyservice' is not installed")
    grpc = pytest.importorskip("grpc", reason="grpcio, the other side of these tests, is not installed")

    server = grpc.server(ThreadPoolExecutor(2))
    handler = grpc.unary_unary_rpc_method_handler(answer)
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler("KeyService", {"Decrypt": handler})]
    )
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    return server


def test_the_call_goes_over_the_socket(socket: str) -> None:
    asked: list[bytes] = []

    def answer(message: bytes, context: object) -> bytes:
        asked.append(message)
        return field(1, KEY)

    server = grpc_server(socket, answer)
    try:
        made = Keyservice(socket, lambda: frozenset([line_of(PGP)]))
        assert made.unwrap(PGP) == KEY
        assert asked == [request(PGP)]
    finally:
        server.stop(None)


def test_what_the_keyservice_says_is_not_repeated(socket: str) -> None:
    def answer(message: bytes, context) -> bytes:
        raise RuntimeError("hunter2")

    server = grpc_server(socket, answer)
    try:
        with pytest.raises(DataKeyError) as caught:
            Keyservice(socket, lambda: frozenset([line_of(PGP)])).unwrap(PGP)
        assert "hunter2" not in str(caught.value) + caught.value.hint
        assert caught.value.__cause__ is None and caught.value.__suppress_context__
    finally:
        server.stop(None)


def test_a_keyservice_that_does_not_answer_costs_its_time_limit_only(monkeypatch, socket: str) -> None:
    release = threading.Event()

    def answer(message: bytes, context) -> bytes:
        release.wait(60)
        return b""

    monkeypatch.setattr(keyservice, "SECONDS", 0.2)
    server = grpc_server(socket, answer)
    try:
        with pytest.raises(DataKeyError, match="no answer within"):
            Keyservice(socket, lambda: frozenset([line_of(PGP)])).unwrap(PGP)
    finally:
        release.set()
        server.stop(None)


def test_no_keyservice_behind_the_socket(socket: str) -> None:
    pytest.importorskip("hpack", reason="the extra 'keyservice' is not installed")
    with pytest.raises(DataKeyError, match="cannot be reached"):
        Keyservice(socket, lambda: frozenset([line_of(PGP)])).unwrap(PGP)


def talking(socket: str, answer: bytes) -> threading.Thread:
    """A server that says the same to everybody and then ends the connection."""
    import socket as sockets

    listening = sockets.socket(sockets.AF_UNIX)
    listening.bind(socket)
    listening.listen()

    def serve() -> None:
        # A client that has read enough may hang up first.
        with listening, contextlib.suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                connection.sendall(answer)
                connection.shutdown(sockets.SHUT_WR)
                while connection.recv(4096):
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


def frame(kind: int, flags: int, body: bytes, stream: int = 1) -> bytes:
    return len(body).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + body


OK = frame(1, 4, b"\x88\x00\x0bgrpc-status\x010")
MESSAGE = field(1, KEY)
PREFIXED = b"\0" + len(MESSAGE).to_bytes(4, "big") + MESSAGE


@pytest.mark.parametrize(
    "answer",
    [
        OK + frame(0, 1, PREFIXED),
        frame(4, 0, b"", 0)
        + frame(6, 0, b"12345678", 0)
        + OK
        + frame(0, 0, PREFIXED[:9])
        + frame(0, 1, PREFIXED[9:]),
        frame(1, 12, b"\x02\x88\x00\x0bgrpc-status\x010\0\0") + frame(0, 9, b"\x01" + PREFIXED + b"\0"),
        frame(1, 0, b"\x88\x00") + frame(9, 4, b"\x0bgrpc-status\x010") + frame(0, 1, PREFIXED),
        frame(1, 4, b"\x88") + frame(0, 0, PREFIXED) + frame(1, 5, b"\x00\x0bgrpc-status\x010"),
        frame(99, 0, b"?", 0) + frame(0, 1, b"?", 3) + OK + frame(0, 1, PREFIXED),
    ],
)
def test_the_forms_that_an_answer_has(socket: str, answer: bytes) -> None:
    pytest.importorskip("hpack", reason="the extra 'keyservice' is not installed")
    thread = talking(socket, answer)
    assert Keyservice(socket, lambda: frozenset([line_of(PGP)])).unwrap(PGP) == KEY
    thread.join()


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", OK, OK + frame(0, 1, b""), OK + frame(0, 1, PREFIXED[:-1]),
        OK + frame(0, 1, b"\x01" + PREFIXED[1:]), frame(1, 5, b"\x88"), frame(1, 4, b"\x88") + frame(0, 1, PREFIXED),
        frame(1, 5, b"\x88\x00\x0bgrpc-status\x012"), frame(7, 0, b"\0" * 8, 0), frame(3, 0, b"\0" * 4),
        frame(1, 4, b"\xff\xff\xff\xff\xff\xff\xff"), frame(1, 12, b""), frame(0, 9, b"\x09x"), frame(1, 0, b"\x88") + OK,
        b"\xff\xff\xff\0\0\0\0\0\1", frame(6, 1, b"12345678", 0) * 2000, OK + frame(0, 0, b"x" * 16384) * 5,
    ],
)  # fmt: skip
def test_an_answer_that_is_not_grpc(socket: str, answer: bytes) -> None:
    pytest.importorskip("hpack", reason="the extra 'keyservice' is not installed")
    thread = talking(socket, answer)
    with pytest.raises(DataKeyError):
        Keyservice(socket, lambda: frozenset([line_of(PGP)])).unwrap(PGP)
    thread.join()


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A real `sops keyservice` with a PGP key of its own: the environment to use it, and an encrypting sops."""
    pytest.importorskip("hpack", reason="the extra 'keyservice' is not installed")
    for tool in ("sops", "gpg", "gpgconf"):
        if shutil.which(tool) is None:
            pytest.skip(f"the program {tool} is not on PATH")
    import tempfile

    with tempfile.TemporaryDirectory(prefix="gpg") as home:
        environ = {"PATH": os.environ["PATH"], "HOME": home, "GNUPGHOME": home}

        def run(*command: str) -> str:
            return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout

        run(
            "gpg",
            "--batch",
            "--passphrase",
            "",
            "--quick-gen-key",
            "test@example.com",
            "default",
            "default",
            "never",
        )
        listed = run("gpg", "--list-keys", "--with-colons")
        print_ = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
        keys = Path(home, "keys")
        keys.write_text(f"# made for a test\npgp {print_}\n")
        path = f"{home}/s"
        process = subprocess.Popen(
            ["sops", "keyservice", "--network", "unix", "--address", path],
            env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            for _ in range(1000):
                if os.path.exists(path):
                    break
                assert process.poll() is None
                time.sleep(0.02)
            yield {"CMP_KEYSERVICE": path, "CMP_KEYSERVICE_KEYS": str(keys)}, print_, run, Path(home)
        finally:
            process.terminate()
            process.wait()
            subprocess.run(["gpgconf", "--kill", "all"], env=environ, check=False, capture_output=True)


@pytest.mark.oracle
def test_the_real_keyservice_opens_a_pgp_file(real) -> None:
    environ, print_, run, home = real
    plain = "a: hunter2\nb:\n    - 1\n    - true\n"
    (home / "plain.yaml").write_text(plain)
    sealed = run("sops", "encrypt", "--pgp", print_, str(home / "plain.yaml")).encode()
    keys = from_environment(environ, read_file)
    assert decrypt(sealed, "yaml", keys) == plain.encode()
    changed = sealed.replace(b"b:", b"c:", 1)
    with pytest.raises(Exception, match=r"MAC|does not open"):
        decrypt(changed, "yaml", keys)
    others = from_environment({**environ, "CMP_KEYSERVICE_KEYS": "/nowhere"}, read_file)
    with pytest.raises(KeySourceError):
        decrypt(sealed, "yaml", others)


@pytest.mark.oracle
def test_the_real_keyservice_and_age_open_the_shares_of_key_groups(real) -> None:
    environ, print_, run, home = real
    (home / "groups.json").write_text('{"a": "hunter2"}\n')
    rules = home / "rules.yaml"
    rules.write_text(
        f"creation_rules: [{{shamir_threshold: 2, key_groups: [{{pgp: [{print_}]}}, {{age: [{A.recipient()}]}}]}}]\n"
    )
    sealed = run("sops", "--config", str(rules), "encrypt", str(home / "groups.json")).encode()
    keys = from_environment({**environ, "SOPS_AGE_KEY": A.secret_text()}, read_file)
    assert b"hunter2" in decrypt(sealed, "json", keys)
    with pytest.raises(DataKeyError, match="2 of its 2 key groups"):
        decrypt(sealed, "json", from_environment(environ, read_file))

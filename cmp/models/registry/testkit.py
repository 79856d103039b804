"""Tests for the authors of a registry plug-in, and servers that misbehave. Nothing in `cmpctl` imports this.

Write a subclass of `RegistrySuite` and of `HostileSuite` whose name starts with `Test`, fill in what they
name, and let pytest run it. Our own registries pass the same suites. docs/registries.md has an example.
"""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cmp.errors import CmpError, UsageError
from cmp.models import reference
from cmp.models.errors import ReferenceSyntaxError, RegistryError, UnreachableError
from cmp.models.registry.protocol import Registry, Resolution
from cmp.models.registry.resolving import checked_resolution
from cmp.models.registry.table import class_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import ClassVar, Self

# Put it where your environment has credentials: no message may repeat it.
SECRET = "testkit-secret-5f1c0d9e"  # noqa: S105 - made for tests
TOO_LARGE = 64 << 20
THREADS = 8


class HostileServer:
    """A server on loopback that misbehaves in one way, and another host that it may send clients to.

    address: of the server. elsewhere: what the other host received, as text. close: at the end.
    """

    def __init__(self, behave: Callable[[BaseHTTPRequestHandler, HostileServer], None]) -> None:
        self.elsewhere: list[str] = []
        self.done = threading.Event()
        self._servers: list[ThreadingHTTPServer] = []
        self.address = self._serve(lambda handler: behave(handler, self))
        self.other = self._serve(self._record)

    def _serve(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with contextlib.suppress(OSError):
                    answer(self)

            do_POST = do_HEAD = do_GET  # noqa: N815 - the names that http.server calls

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Tests read their own output."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    def _record(self, handler: BaseHTTPRequestHandler) -> None:
        self.elsewhere.append(f"{handler.path} {handler.headers}")
        _answer(handler, 200, b"{}")

    def close(self) -> None:
        """Stop both servers and whoever still drips."""
        self.done.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _answer(handler: BaseHTTPRequestHandler, status: int, data: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(data)


def drip(handler: BaseHTTPRequestHandler, server: HostileServer) -> None:
    """A byte now and then, without end."""
    handler.send_response(200)
    handler.end_headers()
    while not server.done.wait(0.02):
        handler.wfile.write(b" ")


def flood(handler: BaseHTTPRequestHandler, server: HostileServer) -> None:
    """An answer that is far larger than any real one."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    block = b" " * (1 << 16)
    for _ in range(TOO_LARGE // len(block)):
        handler.wfile.write(block)


def nest(handler: BaseHTTPRequestHandler, server: HostileServer) -> None:
    """JSON that is nested deeper than parsers follow."""
    _answer(handler, 200, b"[" * 200_000)


def babble(handler: BaseHTTPRequestHandler, server: HostileServer) -> None:
    """Valid JSON of the wrong shape."""
    _answer(handler, 200, b'{"id": 7, "sha": [], "tags": {"a": 1}, "model_version": "x", "config": null}')


def tomorrow(handler: BaseHTTPRequestHandler, server: HostileServer) -> None:
    """A request to come back in a day."""
    _answer(handler, 429, b"", Retry_After="86400")


def redirect(handler: BaseHTTPRequestHandler, server: HostileServer) -> None:
    """To another host, with the same path."""
    _answer(handler, 307, b"", Location=server.other + handler.path)


def _fails(registry: Registry, ref: str) -> CmpError:
    """The error that `ref` ends in; it must not show the credentials."""
    try:
        registry.resolve(ref)
    except CmpError as error:
        assert SECRET not in f"{error} {error.message} {error.hint}", "a message holds the credentials"
        return error
    raise AssertionError(f"{ref} was resolved")


class RegistrySuite:
    """What every registry client must do. Override the attributes and the methods below.

    scheme: of your references. found: a reference of the usual form that the registry knows and that can
    mean another version tomorrow. missing: well-formed ones that it does not know. malformed: what is not a
    reference.
    """

    scheme: ClassVar[str]
    found: str
    missing: tuple[str, ...]
    malformed: ClassVar[tuple[str, ...]]

    def environ(self) -> Mapping[str, str]:
        """Variables for a registry that answers; `SECRET` as the password or token."""
        raise NotImplementedError

    def move(self) -> None:
        """Make `found` mean another version, with another storage location."""
        raise NotImplementedError

    def _registry(self) -> Registry:
        return class_of(self.scheme)(self.environ())

    def test_the_scheme_leads_to_a_class(self) -> None:
        """As the entry point, or our table, says."""
        assert reference.checked_scheme(self.found) == self.scheme
        assert callable(class_of(self.scheme))

    def test_setting_up_shows_no_secret(self) -> None:
        """`repr` and `str`, as a debugger prints them."""
        registry = self._registry()
        assert SECRET not in f"{registry!r} {registry}"

    def test_an_answer_is_exact(self) -> None:
        """A lock may hold it, it names a version, and it is the same when asked again."""
        registry = self._registry()
        first = registry.resolve(self.found)
        assert checked_resolution(first) == first
        assert first.version or first.run_id, "neither a version nor a run"
        assert SECRET not in repr(first)
        assert registry.resolve(self.found) == first

    def test_the_usual_form_means_the_same(self) -> None:
        """`checked` has a fixed point, which resolves alike."""
        kind = class_of(self.scheme)
        usual = kind.checked(self.found)
        assert kind.checked(usual) == usual
        registry = self._registry()
        assert registry.resolve(usual) == registry.resolve(self.found)

    def test_a_move_is_seen(self) -> None:
        """Another version, with another location: by a new client, and by one that has asked before."""
        registry = self._registry()
        before = registry.resolve(self.found)
        self.move()
        for client in (registry, self._registry()):
            after = client.resolve(self.found)
            assert (after.version, after.run_id) != (before.version, before.run_id)
            assert after.uri != before.uri
            assert (after.registry, after.model) == (before.registry, before.model)

    def test_what_is_no_reference(self) -> None:
        """`ReferenceSyntaxError`, from `checked` and from `resolve`."""
        registry = self._registry()
        for text in self.malformed:
            for act in (class_of(self.scheme).checked, registry.resolve):
                try:
                    act(text)
                except ReferenceSyntaxError:
                    continue
                raise AssertionError(f"{text!r} passed")

    def test_what_the_registry_does_not_know(self) -> None:
        """Told as such: not as a registry that cannot be reached, which is another exit code."""
        registry = self._registry()
        for ref in self.missing:
            error = _fails(registry, ref)
            assert isinstance(error, RegistryError), error
            assert not isinstance(error, UnreachableError), error

    def test_threads(self) -> None:
        """`cmpctl` asks for several models at once."""
        registry = self._registry()
        answers: list[Resolution] = []
        threads = [
            threading.Thread(target=lambda: answers.append(registry.resolve(self.found)))
            for _ in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == THREADS
        assert all(answer == answers[0] for answer in answers)


class HostileSuite:
    """What a client must do when the server misbehaves: for registries that are asked over HTTP.

    scheme: of your references. patience: seconds that a client may take to give up.
    """

    scheme: ClassVar[str]
    patience: ClassVar[float] = 60.0

    def hostile_environ(self, address: str) -> Mapping[str, str]:
        """Variables for a registry at `address`, with small timeouts; `SECRET` as the password or token."""
        raise NotImplementedError

    def hostile_ref(self, address: str) -> str:
        """A reference to ask the server at `address` for."""
        raise NotImplementedError

    def _hostile(self, behave: Callable[[BaseHTTPRequestHandler, HostileServer], None]) -> None:
        with HostileServer(behave) as server:
            environ = self.hostile_environ(server.address)
            error = self._within(environ, self.hostile_ref(server.address))
            assert isinstance(error, (UnreachableError, UsageError)), error
            assert not any(SECRET in text or "uthorization" in text for text in server.elsewhere)

    def _within(self, environ: Mapping[str, str], ref: str) -> CmpError:
        """The error, in time."""
        found: list[BaseException] = []

        def ask() -> None:
            try:
                found.append(_fails(class_of(self.scheme)(environ), ref))
            except BaseException as error:  # told in the thread that waits
                found.append(error)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(self.patience)
        assert found, f"no answer within {self.patience:g} seconds"
        [error] = found
        if not isinstance(error, CmpError):
            raise error
        return error

    def test_hostile_drip(self) -> None:
        """A server that sends a byte now and then."""
        self._hostile(drip)

    def test_hostile_flood(self) -> None:
        """An answer of 64 MiB."""
        self._hostile(flood)

    def test_hostile_nesting(self) -> None:
        """JSON of 200,000 levels."""
        self._hostile(nest)

    def test_hostile_babble(self) -> None:
        """JSON of the wrong shape."""
        self._hostile(babble)

    def test_hostile_retry_after(self) -> None:
        """A server that wants to be asked again tomorrow."""
        self._hostile(tomorrow)

    def test_hostile_redirect(self) -> None:
        """A server that sends its clients, with their credentials, to another host."""
        self._hostile(redirect)

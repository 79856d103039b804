"""Which remote hosts the operator allows, and why everything else is refused.

An entry of CMP_REMOTE_ALLOW is a host, `github.com` or `git.example.com:8443`, and allows HTTPS from it.
A leading `*.` allows every host below a domain. Other ways need their scheme in the entry: `ssh://host`,
`http://host`, `file:///directory`. User names and passwords are not part of an entry.
"""

from __future__ import annotations

from cmp.kustomize.errors import RefusedError
from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.options import Options


class Address(NamedTuple):
    """Where something is fetched from: scheme without `://`; host with port as written, or a `file` path."""

    scheme: str
    host: str

    def __str__(self) -> str:
        return self.host if self.scheme == "https" else f"{self.scheme}://{self.host}"


def address_of(url: str) -> Address:
    """The address in a URL or in `user@host:path`."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        # The scp form, user@host:path, means ssh.
        host = url.partition(":")[0] if ":" in url else url.partition("/")[0]
        return Address("ssh", host.rpartition("@")[2].lower())
    scheme = scheme.lower()
    if scheme == "file":
        return Address("file", rest)
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0]
    return Address(scheme, host.rpartition("@")[2].lower())


def check(url: str, options: Options) -> Address:
    """The address of `url` if the operator allows it; `RefusedError` otherwise."""
    address = address_of(url)
    if any(_allows(entry, address) for entry in options.remote_allow):
        return address
    reason = "is not allowed" if options.remote_allow else "is not allowed: remote resources are off"
    raise RefusedError(
        f"fetching from {address} {reason}",
        hint=f"copy what it holds into the repository; or the operator adds {address} to CMP_REMOTE_ALLOW",
    )


def _allows(entry: str, address: Address) -> bool:
    scheme, separator, host = entry.strip().partition("://")
    if not separator:
        scheme, host = "https", entry.strip()
    if not host or scheme.lower() != address.scheme:
        return False
    if address.scheme == "file":
        return _below(address.host, host)
    host = host.rstrip("/").lower()
    if host.startswith("*."):
        return address.host.endswith(host[1:])
    return address.host == host


def _below(path: str, directory: str) -> bool:
    import os.path

    path, directory = os.path.normpath(path), os.path.normpath(directory)
    return path == directory or path.startswith(directory.rstrip("/") + "/")

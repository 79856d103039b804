"""Forms of strings: a function per form that says what is wrong, "" for nothing.

Follows apimachinery's pkg/util/validation/validation.go.
"""

from __future__ import annotations

import re

_LABEL = re.compile(r"[a-z0-9]++(?:-++[a-z0-9]++)*+")
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*+")
_NAME = re.compile(r"[A-Za-z0-9]++(?:[-_.]++[A-Za-z0-9]++)*+")
_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_ENVIRONMENT = re.compile(r"[ -<>-~]+")
_PORT = re.compile(r"[-a-z0-9]+")
_HEADER = re.compile(r"[-A-Za-z0-9]+")
_WORD = r"[a-z0-9]++(?:[-_]++[a-z0-9]++)*+"
_SYSCTL = rf"{_WORD}(?:[./]{_WORD})*+"  # compiled where it is needed, which is seldom
_PERCENT = re.compile(r"[0-9]+%")
_URL_PATH = r"[-\w.~!$&'()*+,;=:%/]+"


def dns_label(text: str) -> str:
    """IsDNS1123Label."""
    if len(text) > 63:
        return "must have 63 characters at most"
    return (
        ""
        if _LABEL.fullmatch(text)
        else "must be lower case letters, digits and -, with a letter or digit at both ends"
    )


def dns_subdomain(text: str) -> str:
    """IsDNS1123Subdomain."""
    if len(text) > 253:
        return "must have 253 characters at most"
    if _SUBDOMAIN.fullmatch(text):
        return ""
    return "must be lower case letters, digits, - and ., with a letter or digit at both ends of each part"


def wildcard_subdomain(text: str) -> str:
    """IsWildcardDNS1123Subdomain."""
    found = dns_subdomain(text[2:]) if text.startswith("*.") else "must begin with *."
    return found and "must be *. and a name of lower case letters, digits, - and ."


def search_domain(text: str) -> str:
    """IsDNS1123SubdomainWithUnderscore, and the root `.`: ValidatePodDNSConfig."""
    trimmed = text.removesuffix(".") if text != "." else ""
    return dns_subdomain(trimmed.replace("_", "a")) if text != "." else ""


def sysctl(text: str) -> str:
    """IsValidSysctlName."""
    if len(text) > 253:
        return "must have 253 characters at most"
    return (
        "" if re.fullmatch(_SYSCTL, text) else "must be lower case letters, digits, - and _, parted by . or /"
    )


def qualified_name(text: str) -> str:
    """IsQualifiedName: `name` or `prefix/name`, a label's key."""
    prefix, slash, name = text.rpartition("/")
    if "/" in prefix or (slash and not prefix) or (slash and dns_subdomain(prefix)):
        return "must be a name, or a DNS name, one / and a name"
    if len(name) > 63:
        return "must have 63 characters at most behind the /"
    return (
        ""
        if _NAME.fullmatch(name)
        else "must be letters, digits, -, _ and ., with a letter or digit at both ends"
    )


def label_value(text: str) -> str:
    """IsValidLabelValue."""
    if len(text) > 63:
        return "must have 63 characters at most"
    if not text or _NAME.fullmatch(text):
        return ""
    return "must be empty, or letters, digits, -, _ and ., with a letter or digit at both ends"


def config_key(text: str) -> str:
    """IsConfigMapKey."""
    if len(text) > 253:
        return "must have 253 characters at most"
    if not _KEY.fullmatch(text):
        return "must be letters, digits, -, _ and ."
    return "must not be . nor begin with .." if text == "." or text.startswith("..") else ""


def environment_name(text: str) -> str:
    """IsRelaxedEnvVarName: any printable ASCII but `=`."""
    return "" if _ENVIRONMENT.fullmatch(text) else "must be printable ASCII characters without ="


def port_name(text: str) -> str:
    """IsValidPortName: an IANA service name."""
    if len(text) > 15:
        return "must have 15 characters at most"
    fits = _PORT.fullmatch(text) and re.search("[a-z]", text) and "--" not in text
    if fits and text[0] != "-" and text[-1] != "-":
        return ""
    return "must be lower case letters, digits and single -, with a letter somewhere and no - at the ends"


def header_name(text: str) -> str:
    """IsHTTPHeaderName."""
    return "" if _HEADER.fullmatch(text) else "must be letters, digits and -"


def path_segment(text: str) -> str:
    """IsValidPathSegmentName: the names of RBAC objects."""
    return "must not be . or .. nor hold / or %" if text in (".", "..") or re.search("[/%]", text) else ""


def percent(text: str) -> str:
    """IsValidPercent."""
    return "" if _PERCENT.fullmatch(text) else "must be a number, or digits and a percent sign"


def absolute_path(text: str) -> str:
    """The paths of Ingresses and NFS."""
    return "" if text.startswith("/") else "must begin with /"


def no_backstep(text: str) -> str:
    """validatePathNoBacksteps."""
    return "must hold no .." if ".." in text.split("/") else ""


def file_path(text: str) -> str:
    """ValidateLocalNonReservedPath: an inner path that does not begin as the kubelet's own files do."""
    return inner_path(text) or ("must not begin with .." if text.startswith("..") else "")


def unpadded(text: str) -> str:
    """ValidateAppArmorProfileField."""
    return "" if text == text.strip() else "must not begin or end with white space"


def not_empty(text: str) -> str:
    """Of a pointer: leave it out instead."""
    return "" if text else "must not be empty"


def dns_1035_label(text: str) -> str:
    """IsDNS1035Label: a label that begins with a letter."""
    return dns_label(text) or ("must begin with a letter" if text[:1].isdigit() else "")


def driver_name(text: str) -> str:
    """ValidateCSIDriverName."""
    return dns_subdomain(text.lower())


def caseless_qualified_name(text: str) -> str:
    """validateProvisioner."""
    return qualified_name(text.lower())


def fully_qualified_name(text: str) -> str:
    """IsFullyQualifiedName."""
    return dns_subdomain(text) or (
        "" if text.count(".") > 1 else "must have three parts, such as a.example.com"
    )


def domain_prefixed_path(text: str) -> str:
    """IsDomainPrefixedPath."""
    domain, _, path = text.partition("/")
    if not domain or not path:
        return "must be a name with a domain, such as example.com/name"
    return dns_subdomain(domain) or (
        "" if re.fullmatch(_URL_PATH, path, re.ASCII) else "must be the path of a URL behind the /"
    )


def inner_path(text: str) -> str:
    """validateLocalDescendingPath: relative, never upwards."""
    return "must be relative and hold no .." if text.startswith("/") or ".." in text.split("/") else ""

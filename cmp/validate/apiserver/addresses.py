"""Addresses and blocks of addresses.

Follows apimachinery's pkg/util/validation/ip.go: no zone, no leading zeros, no IPv4 address as an IPv6 one.
"""

from __future__ import annotations

import ipaddress
import re

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Block = ipaddress.IPv4Network | ipaddress.IPv6Network
_LENGTH = re.compile(r"0|[1-9][0-9]{0,2}")
ADDRESS_CURE = "Write an address such as 10.1.2.3."
BLOCK_CURE = "Write a block such as 10.1.0.0/16."


def address(text: object) -> Address | None:
    """The address of IsValidIP, None for what is not one."""
    try:
        found = ipaddress.ip_address(str(text))
    except ValueError:
        return None
    return (
        None if isinstance(found, ipaddress.IPv6Address) and (found.scope_id or found.ipv4_mapped) else found
    )


def looks_like_address(text: str) -> bool:
    """ParseIPSloppy, which takes an IPv4 address with leading zeros."""
    parts = [part.lstrip("0") or "0" if part else "" for part in text.split(".")]
    return address(".".join(parts)) is not None


def is_special(found: Address) -> bool:
    """ValidateEndpointIP: what cannot be an address from outside."""
    local = found.is_multicast and str(found).startswith(("224.0.0.", "ff02:"))
    return found.is_loopback or found.is_unspecified or found.is_link_local or local


def block(text: object) -> Block | None:
    """A block, its address with or without bits behind the length; None for what is not one."""
    first, slash, length = str(text).partition("/")
    if not slash or address(first) is None or not _LENGTH.fullmatch(length):
        return None
    try:
        return ipaddress.ip_network(f"{first}/{length}", strict=False)
    except ValueError:
        return None


def block_problem(text: object) -> str:
    """IsValidCIDR: what is wrong with a block, "" for nothing."""
    whole = block(text)
    if whole is None:
        return "is not a block of addresses"
    if str(whole.network_address) != str(address(str(text).partition("/")[0])):
        return f"must be {whole}: bits behind the length are set"
    return ""


def inside(part: Block, whole: Block) -> bool:
    """Whether a block lies in another, and is smaller."""
    if isinstance(part, ipaddress.IPv4Network):
        return isinstance(whole, ipaddress.IPv4Network) and part != whole and part.subnet_of(whole)
    return isinstance(whole, ipaddress.IPv6Network) and part != whole and part.subnet_of(whole)

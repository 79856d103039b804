"""The age file encryption format, version 1 (https://age-encryption.org/v1): files, keys, errors."""

from __future__ import annotations

from cmp.age.errors import AgeError as AgeError
from cmp.age.errors import ArmorError as ArmorError
from cmp.age.errors import HeaderError as HeaderError
from cmp.age.errors import HeaderLimitError as HeaderLimitError
from cmp.age.errors import HeaderMacError as HeaderMacError
from cmp.age.errors import InvalidKeyError as InvalidKeyError
from cmp.age.errors import NoMatchError as NoMatchError
from cmp.age.errors import PayloadError as PayloadError
from cmp.age.file import decrypt as decrypt
from cmp.age.file import decrypt_stream as decrypt_stream
from cmp.age.file import encrypt as encrypt
from cmp.age.file import encrypt_stream as encrypt_stream
from cmp.age.hybrid import HybridIdentity as HybridIdentity
from cmp.age.hybrid import HybridRecipient as HybridRecipient
from cmp.age.keyfile import parse_identities as parse_identities
from cmp.age.keyfile import parse_identity as parse_identity
from cmp.age.keyfile import parse_recipient as parse_recipient
from cmp.age.keyfile import parse_recipients as parse_recipients
from cmp.age.keys import Identity as Identity
from cmp.age.keys import Recipient as Recipient
from cmp.age.scrypt import ScryptIdentity as ScryptIdentity
from cmp.age.scrypt import ScryptRecipient as ScryptRecipient
from cmp.age.x25519 import X25519Identity as X25519Identity
from cmp.age.x25519 import X25519Recipient as X25519Recipient

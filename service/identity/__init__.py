"""Identity, signed by the host: JSON Web Tokens (RFC 7519) and the keys that verify them."""

from service.identity.keys import Keys, read_jwk_set, secret_keys
from service.identity.tokens import TokenReader, sign_token

__all__ = ["Keys", "TokenReader", "read_jwk_set", "secret_keys", "sign_token"]

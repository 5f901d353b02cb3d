"""An issuer's keys and tokens by PyPI's joserfc: ISSUER AUDIENCE OTHER-AUDIENCE."""

import json
import sys
import time

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

issuer, *audiences = sys.argv[1:]
keys = {
    "RS256": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
    "ES256": ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}),
}
now = int(time.time())
claims = {"iss": issuer, "sub": "alice", "iat": now, "exp": now + 600}
tokens = {
    alg: [jwt.encode({"alg": alg, "kid": key.kid}, {**claims, "aud": aud}, key) for aud in audiences]
    for alg, key in keys.items()
}
print(json.dumps({"keys": KeySet(list(keys.values())).as_dict(private=False), "tokens": tokens}))

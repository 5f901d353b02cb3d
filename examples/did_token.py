# A token that a did:key signs itself. pip install cryptography
# python did_token.py --did prints the DID; python did_token.py --aud OIDC_AUD a token.
import argparse
import base64
import json
import os
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
parser = argparse.ArgumentParser()
parser.add_argument("--key", default="did.key", help="file of the key, made if it is not there")
parser.add_argument("--aud", help="what the gateway has as DID_AUD, or OIDC_AUD")
parser.add_argument("--did", action="store_true", help="print the DID alone")
args = parser.parse_args()
if not args.did and not args.aud:
    parser.error("--did or --aud")

if not os.path.exists(args.key):
    file = os.open(args.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as out:
        out.write(Ed25519PrivateKey.generate().private_bytes_raw())
with open(args.key, "rb") as kept:
    key = Ed25519PrivateKey.from_private_bytes(kept.read())

# The bytes 0xed 0x01 say Ed25519; z says base58. The first byte is not 0.
number, text = int.from_bytes(b"\xed\x01" + key.public_key().public_bytes_raw(), "big"), ""
while number:
    number, digit = divmod(number, 58)
    text = LETTERS[digit] + text
did = f"did:key:z{text}"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


now = int(time.time())
header = {"alg": "EdDSA", "typ": "JWT"}
claims = {"iss": did, "aud": args.aud, "iat": now, "exp": now + 600, "jti": b64(os.urandom(16))}
signed = ".".join(b64(json.dumps(part).encode()) for part in (header, claims))
print(did if args.did else f"{signed}.{b64(key.sign(signed.encode()))}")

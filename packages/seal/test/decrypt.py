"""Reads a sealed part with nothing but docs/protocol.md, the standard library and pyca/cryptography.

Standard input: JSON {manifest, role, blob (base64), caseKey, releaserKey (32-byte seeds, hex)} or, where this
cryptography has no ML-KEM, {..., v, r} with the shares themselves (hex). Standard output: the plaintext.
Exit status 3: this cryptography cannot do it.
"""
import base64, hashlib, hmac, json, sys

try:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
except ImportError:
    sys.exit(3)


def b64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def jcs(value):  # enough of RFC 8785 for our ASCII members
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def domain_hash(what, data):
    return hashlib.sha256(b"breakwater/v1/" + what + b"\0" + data).digest()


def expand(digest, prk, info, length):
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([counter]), digest).digest()
        out, counter = out + block, counter + 1
    return out[:length]


def extract(salt, ikm):
    return hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()


def xwing_decapsulate(seed, enc):
    from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    keys = hashlib.shake_256(seed).digest(96)
    pq = mlkem.MLKEM768PrivateKey.from_seed_bytes(keys[:64])
    ec = x25519.X25519PrivateKey.from_private_bytes(keys[64:])
    shared = ec.exchange(x25519.X25519PublicKey.from_public_bytes(enc[1088:]))
    own = ec.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha3_256(pq.decapsulate(enc[:1088]) + shared + enc[1088:] + own + b"\\.//^\\").digest()


def hpke_open(seed, enc, ciphertext, info, aad):  # RFC 9180 section 5.1, base mode
    suite = b"HPKE" + bytes.fromhex("647a00010002")
    labeled_extract = lambda salt, label, ikm: extract(salt, b"HPKE-v1" + suite + label + ikm)
    labeled_expand = lambda prk, label, context, size: expand(
        "sha256", prk, size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context, size
    )
    context = b"\0" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
    secret = labeled_extract(xwing_decapsulate(seed, enc), b"secret", b"")
    key, nonce = labeled_expand(secret, b"key", context, 32), labeled_expand(secret, b"base_nonce", context, 12)
    return AESGCM(key).decrypt(nonce, ciphertext, aad)


def unwrap(manifest, part, kind, seed):
    wrap = next(w for w in manifest["wraps"] if w["part"] == part and w["kind"] == kind)
    bound = {name: manifest[name] for name in ("org", "case", "file")} | {"part": part, "kind": kind, "to": wrap["to"]}
    info = b"breakwater/v1/wrap\0" + kind.encode()
    return hpke_open(seed, b64url(wrap["enc"]), b64url(wrap["ct"]), info, domain_hash(b"wrap-aad", jcs(bound)))


def cobblestone(key, context, blob):  # c2sp.org/chunked-encryption with HKDF-Expand-SHA-512 and AES-256-GCM
    salt, commitment, body = blob[:24], blob[24:56], blob[56:]
    okm = expand("sha512", key, b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context, 76)
    if okm[44:] != commitment:
        raise SystemExit("commitment")
    aead, nonce, out = AESGCM(okm[:32]), int.from_bytes(okm[32:44], "big"), []
    chunks = [body[at : at + 16400] for at in range(0, len(body), 16400)]
    if len(chunks[-1]) == 16400:
        raise SystemExit("truncated")
    for number, chunk in enumerate(chunks):
        out.append(aead.decrypt((nonce ^ number).to_bytes(12, "big"), chunk, None))
    return b"".join(out)


given = json.load(sys.stdin)
manifest, role = given["manifest"], given["role"]
part = next(p["part"] for p in manifest["parts"] if p["role"] == role)
if "v" in given:
    v, r = bytes.fromhex(given["v"]), bytes.fromhex(given["r"])
else:
    try:
        from cryptography.hazmat.primitives.asymmetric import mlkem  # noqa: F401
    except ImportError:
        sys.exit(3)
    v = unwrap(manifest, part, "v", bytes.fromhex(given["caseKey"]))
    r = unwrap(manifest, part, "r", bytes.fromhex(given["releaserKey"]))
salt = domain_hash(b"cek-salt", f"{manifest['file']}\0{part}".encode())
info = f"breakwater/v1/cek\0{manifest['org']}\0{manifest['case']}".encode()
content_key = expand("sha256", extract(salt, v + r), info, 32)
place = {name: manifest[name] for name in ("org", "case", "file")} | {"part": part, "role": role}
sys.stdout.buffer.write(cobblestone(content_key, domain_hash(b"part", jcs(place)), base64.b64decode(given["blob"])))

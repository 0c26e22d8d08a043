#!/usr/bin/env python3
"""Checks an export of Nuan's audit logs, or a proof of one leaf, with none of Nuan's code and no library but Python's.
After RFC 6962, RFC 8032 and C2SP; not SM2 and SM3. Trust comes from --key and --witness, never from the file itself.
Exit code 0 and `ok: …`, 1 and `bad: line N: …` (or `bad: …` of a proof), 2 where nothing could be checked."""
import argparse, base64, functools, hashlib, hmac, itertools, json, re, sys
HEADS = "000000"  # the log whose leaves are the heads of all others
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
FIELDS = {"export": "key origin suite version", "leaf": "leaf log seq", "head": "at log root size",
          "checkpoint": "note", "end": "lines"}  # what a line of each kind has beside `kind`
def check(holds, what):
    if not holds:
        raise ValueError(what)
def add(a, b):  # Ed25519 (RFC 8032, 5.1)
    (x, y), (u, v), t = a, b, D * a[0] * a[1] * b[0] * b[1]
    return (x * v + u * y) * pow(1 + t, -1, P) % P, (y * v + x * u) * pow(1 - t, -1, P) % P
def times(n, point):
    rest = times(n >> 1, add(point, point)) if n else (0, 1)
    return add(rest, point) if n & 1 else rest
def decompress(text):
    y, odd = int.from_bytes(text, "little") & (1 << 255) - 1, text[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x * pow(2, (P - 1) // 4, P) % P if (x * x - square) % P else x
    check(y < P and (x * x - square) % P == 0 and (x or not odd), "not a point of the curve")
    return (P - x if x & 1 != odd else x), y
def verifies(key, message, signature):
    s = int.from_bytes(signature[32:], "little")
    check(len(signature) == 64 and s < ORDER, "not a signature")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    x, y = add(times(s, decompress((4 * pow(5, -1, P) % P).to_bytes(32, "little"))), times(ORDER - h, decompress(key)))
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]
leaf_hash = lambda text: hashlib.sha256(b"\0" + text.encode()).digest()  # the tree (RFC 6962, 2.1)
node = lambda left, right: hashlib.sha256(b"\1" + left + right).digest()
def included(leaf, index, size, proof):
    if size == 1:
        check(index == 0 and not proof, "the proof is too long")
        return leaf
    half, (*rest, last) = 1 << (size - 1).bit_length() - 1, proof
    if index < half:
        return node(included(leaf, index, half, rest), last)
    return node(last, included(leaf, index - half, size - half, rest))
def grown(old, new, proof, known):  # the two roots that a proof leads to; `known`: the old one while its tree is whole
    if old == new:
        check(len(proof) == (known is None), "the proof has a wrong length")
        return (known, known) if known else (proof[0], proof[0])
    half, (*rest, last) = 1 << (new - 1).bit_length() - 1, proof
    if old <= half:
        before, after = grown(old, half, rest, known)
        return before, node(after, last)
    before, after = grown(old - half, new - half, rest, None)
    return node(last, before), node(last, after)
class Log:  # its leaves, the root before and after each, and the sizes of its last head and the largest gathered
    def __init__(self):
        self.leaves, self.roots, self.subtrees, self.headed, self.named = [], [hashlib.sha256().digest()], [], 0, 0
    def push(self, leaf, text):
        root, size = leaf_hash(text), len(self.leaves)
        while size & 1:
            root, size = node(self.subtrees.pop(), root), size >> 1
        self.subtrees.append(root)
        self.leaves.append(leaf)
        self.roots.append(functools.reduce(lambda right, left: node(left, right), reversed(self.subtrees)))
# Text: what can be written in two ways could be changed unseen, so only one of them is read
def canonical(text):
    value = json.loads(text)
    written = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    check(isinstance(value, dict) and written == text, "not in canonical form")
    check(all(isinstance(v, str) or k == "version" for k, v in value.items()), "a value is no text")
    return value
def number(text):
    check(re.fullmatch("0|[1-9][0-9]{0,18}", text), "not a number")
    return int(text)
def octets(text):
    check(base64.b64encode(base64.b64decode(text)).decode() == text, "not canonical base64")
    return base64.b64decode(text)
def hashes(texts):
    check(isinstance(texts, list) and all(re.fullmatch("[0-9a-f]{64}", text) for text in texts), "not a list of hashes")
    return [bytes.fromhex(text) for text in texts]
class Key:
    """A key of notes, `<name>+<id>+<type and key>`: type 1 signs the text, type 4 cosigns it with a time."""
    def __init__(self, vkey):
        (self.name, key_id, typed), self.vkey = vkey.split("+", 2), vkey
        self.type, self.key = octets(typed)[0], octets(typed)[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n" + octets(typed)).digest()[:4]
        check(self.id.hex() == key_id and self.type in (1, 4) and len(self.key) == 32, "not an Ed25519 key")
def checkpoint(note, keys):
    """Size and root, once the log and each witness that is named were found to have signed; others are ignored."""
    (text, _, lines), known, seen = note.rpartition("\n\n"), {(key.name, key.id): key for key in keys}, set()
    check(text and lines[-1:] == "\n", "not a note")
    for dash, name, signature in (line.split(" ") for line in lines[:-1].split("\n")):
        check(dash == "—" and len(octets(signature)) > 4, "not a signature")
        key, signature, time = known.get((name, octets(signature)[:4])), octets(signature)[4:], ""
        check(key not in seen, f"there is a second signature by `{name}`")
        if key and key.type == 4:
            time, signature = f"cosignature/v1\ntime {int.from_bytes(signature[:8], 'big')}\n", signature[8:]
        is_good = not key or verifies(key.key, f"{time}{text}\n".encode(), signature)
        check(is_good, f"the signature by `{name}` is wrong")
        seen |= {key} - {None}
    for key in keys:
        check(key in seen, f"`{key.name}` has not signed the checkpoint")
    origin, size, root, *_ = text.split("\n")
    check(origin == keys[0].name, "the checkpoint is of another log")
    return number(size), octets(root)
def head_of(leaf):
    """The log, the size and the root that a leaf of the log of heads names."""
    log, _, size = leaf["subject"].rpartition("#")
    check(leaf["act"] == "audit.head" and log != HEADS and leaf["commitment"][:5] == "root:", "not the head of a log")
    return log, number(size), leaf["commitment"][5:]
def lines_of(data, keys, at):
    *lines, rest = data.split(b"\n")
    check(lines and not rest, "the file was cut")
    for at[0], text in enumerate(lines, 1):
        line = canonical(text.decode())
        kind, place = line.pop("kind"), (at[0] == 1, at[0] == len(lines))
        check(sorted(line) == FIELDS.get(kind, "").split(), "not the fields of its kind")
        check((kind == "export", kind == "end") == place, "not in its place, or the file was cut")
        if at[0] == 1:
            line["suite"] == "guo-mi" and sys.exit(print("SM2 and SM3 are not checked here", file=sys.stderr) or 2)
            ours = ("international", keys[0].vkey, keys[0].name, "1")
            check((line["suite"], line["key"], line["origin"], repr(line["version"])) == ours, "another log or key")
        check(kind != "end" or number(line["lines"]) == at[0] - 1, "lines are missing")
        if kind == "leaf":
            line["fields"] = canonical(line["leaf"])
            check(all(line["fields"][field] == line[field] for field in ("log", "seq")), "the leaf is of another place")
        yield kind, line
def rooted(logs, name, good, size, root):
    holds = name in logs and [found.hex() for found in logs[name].roots[size:size + 1]] == [root]
    check(holds, f"leaves from {good} to {size} of {name} are missing or not those that were there")
    return logs[name]
def export(lines, keys, kept=None):
    logs, covered, empty = {HEADS: Log()}, None, Log()
    for kind, line in itertools.chain(lines, [("kept", {"note": kept})] if kept is not None else []):
        if kind in ("checkpoint", "kept"):
            size, root = checkpoint(line["note"], keys[:1] if kind == "kept" else keys)
            rooted(logs, HEADS, 0, size, root.hex())
            covered = max(size, covered or 0)
        elif kind == "head":
            size, good = number(line["size"]), logs.get(line["log"], empty).headed
            log = rooted(logs, line["log"], good, size, line["root"])
            check(size and log.leaves[size - 1]["at"] == line["at"], "the head is of another time than its last leaf")
            log.headed = size
        elif kind == "leaf":
            seq, log = number(line["seq"]), logs.setdefault(line["log"], Log())
            check(seq == len(log.leaves), f"leaf {len(log.leaves)} of {line['log']} is missing")
            log.push(line["fields"], line["leaf"])
            if line["log"] == HEADS:
                name, size, root = head_of(line["fields"])
                rooted(logs, name, good, size, root).named = max(good := logs.get(name, empty).named, size)
    for name, log in sorted(logs.items()):
        n = len(log.leaves)
        check(log.headed == n, f"{name} has {n} leaves and a head over {log.headed}")
        check(name == HEADS or log.named == n, f"{name} has {n} leaves and the log of heads names {log.named}")
    check(covered is not None, "there is no checkpoint")
    named = dict(sorted(head_of(leaf)[:2] for leaf in logs[HEADS].leaves[:covered]))  # the largest of each
    leaves = sum(len(log.leaves) for log in logs.values())
    return f"{leaves} leaves in {len(logs)} logs, {leaves - covered - sum(named.values())} after the last checkpoint"
def shown(part):
    leaf, place = canonical(part["leaf"]), (part["log"], str(part["seq"]))
    check((leaf["log"], leaf["seq"]) == place and 0 <= part["seq"] < part["size"], "the leaf is of another place")
    root = included(leaf_hash(part["leaf"]), part["seq"], part["size"], hashes(part["proof"])).hex()
    check(root == part["root"], "the proof leads to another root")
    return leaf
def proof(given, keys, kept, asked):  # as /v1/audit/leaves/…/proof answers it
    check(given["suite"] == "international", "the proof is of another suite than the key")
    entry, head = given["entry"], given["head"]
    leaf, link = shown(entry), head_of(shown(head))
    check(entry["log"] != HEADS == head["log"], "the leaf or the head is of another log")
    check(link == (entry["log"], entry["size"], entry["root"]), "the leaf does not name the head before it")
    size, root = checkpoint(given["checkpoint"], keys)
    check((size, root.hex()) == (head["size"], head["root"]), "the proof does not lead to the checkpoint")
    if kept is not None:
        (old, before), (new, after) = sorted([checkpoint(kept, keys[:1]), (size, root)])
        growth = {"log": HEADS, "from": old, "to": new, "proof": []} if not asked.growth else json.load(asked.growth)
        check((growth["log"], growth["from"], growth["to"]) == (HEADS, old, new), "the growth is of other sizes")
        check(grown(old, new, hashes(growth["proof"]), before) == (before, after), "the log has not only grown")
    if opened := asked.opening and json.load(asked.opening):
        check(opened["leaf"] == entry["leaf"], "the opening is of another leaf")
        key, content = bytes.fromhex(opened["opening"]), opened["content"].encode()
        mac = hmac.new(key, len(content).to_bytes(8, "big") + content, "sha256").hexdigest()
        check(leaf["commitment"] == f"hmac-sha256:{mac}", "the content is not what the leaf commits to")
    act, subject, at, log = (leaf[field] for field in ("act", "subject", "at", "log"))
    return f"{act} about {subject} at {at} is leaf {leaf['seq']} of {log} under {size} heads"
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=argparse.FileType("rb"), help="an export, or the proof of a leaf")
    parser.add_argument("--key", type=Key, required=True, help="the key of the log")
    parser.add_argument("--witness", type=Key, action="append", default=[], help="one that has to have cosigned")
    parser.add_argument("--checkpoint", type=argparse.FileType(encoding="utf-8"), help="one that was kept elsewhere")
    parser.add_argument("--growth", type=argparse.FileType("rb"), help="between that and the proof's")
    parser.add_argument("--opening", type=argparse.FileType("rb"), help="of the leaf, with the content it commits to")
    asked, at = parser.parse_args(), [0]
    data, keys, kept = asked.file.read(), [asked.key, *asked.witness], asked.checkpoint and asked.checkpoint.read()
    lines, is_export = lines_of(data, keys, at), data.startswith(b'{"key":')
    try:
        print("ok:", export(lines, keys, kept) if is_export else proof(json.loads(data), keys, kept, asked))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        sys.exit(print(f"bad: line {at[0]}: {error}" if is_export else f"bad: {error}") or 1)
if __name__ == "__main__":
    main()

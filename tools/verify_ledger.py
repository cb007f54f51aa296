#!/usr/bin/env python3
"""Verify a ledger bundle without the program that wrote it.

Written from docs/ledger-format.md alone; section numbers below are of that page. Python 3.9 or later, standard library
only. Exit codes: 0 verified and anchored, 1 problems, 2 verified with an unanchored tail, 3 nothing could be verified.
"""

import argparse
import base64
import binascii
import bisect
import collections
import hashlib
import json
import os
import re
import sys

MAX_LINE = 64 << 20
MAX_DEPTH = 120
MAX_COUNT = (1 << 53) - 1
MAX_PROBLEMS = 1000


class Malformed(Exception):
    """A text that is not what the format asks for."""


# ---- 1. Canonical JSON ------------------------------------------------------------------------------------------

ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
ESCAPES.update({chr(c): "\\u%04x" % c for c in range(32) if chr(c) not in ESCAPES})
NEEDS_ESCAPE = re.compile('["\\\\\x00-\x1f]')


def canonical_string(text):
    return '"' + NEEDS_ESCAPE.sub(lambda found: ESCAPES[found.group()], text) + '"'


def canonical_double(value):
    """ECMAScript's Number::toString; Python's repr has the same digits in another layout."""
    if value != value or value in (float("inf"), float("-inf")):
        raise Malformed("a number is not finite")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, part = mantissa.partition(".")
    digits = whole + part
    point = len(whole) + int(exponent or "0")
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    digits = stripped.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    power = "e%+d" % (point - 1)
    return sign + digits[0] + ("." + digits[1:] if count > 1 else "") + power


def utf16(key):
    return key.encode("utf-16-be", "surrogatepass")


def write_canonical(value, out, depth):
    if value is None:
        out.append("null")
    elif value is True:
        out.append("true")
    elif value is False:
        out.append("false")
    elif isinstance(value, str):
        out.append(canonical_string(value))
    elif isinstance(value, int):
        if -(1 << 63) <= value < 1 << 64:
            out.append(str(value))
        else:
            out.append(canonical_double(to_double(value)))
    elif isinstance(value, float):
        out.append(canonical_double(value))
    elif depth == 0:
        raise Malformed("nested too deep")
    elif isinstance(value, list):
        out.append("[")
        for at, item in enumerate(value):
            if at:
                out.append(",")
            write_canonical(item, out, depth - 1)
        out.append("]")
    else:
        out.append("{")
        for at, key in enumerate(sorted(value, key=utf16)):
            out.append(("," if at else "") + canonical_string(key) + ":")
            write_canonical(value[key], out, depth - 1)
        out.append("}")


def to_double(value):
    try:
        return float(value)
    except OverflowError:
        raise Malformed("a number is not finite")


def canonical(value, depth=MAX_DEPTH):
    out = []
    write_canonical(value, out, depth)
    return "".join(out)


def refuse_constant(name):
    raise Malformed(name + " is not JSON")


def parse_canonical(text, depth):
    """The value of a canonical text. Repeated keys and other spellings do not survive being written again."""
    try:
        value = json.loads(text, parse_constant=refuse_constant)
        again = canonical(value, depth)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON: %s" % error)
    if again != text:
        raise Malformed("not canonical JSON")
    return value


def utf8(text):
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("an unpaired surrogate")


# ---- 2. Hashes and the tree -------------------------------------------------------------------------------------


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(data):
    return sha256(b"\x00" + data)


class Tree:
    """The roots of the full subtrees of a growing tree, largest first."""

    def __init__(self, size=0, roots=()):
        self.size, self.roots = size, list(roots)

    def copy(self):
        return Tree(self.size, self.roots)

    def append(self, leaf):
        rest = self.size
        while rest & 1:
            leaf = sha256(b"\x01" + self.roots.pop() + leaf)
            rest >>= 1
        self.roots.append(leaf)
        self.size += 1

    def root(self):
        if not self.roots:
            return sha256(b"")
        hashed = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            hashed = sha256(b"\x01" + left + hashed)
        return hashed


# ---- 3. Events --------------------------------------------------------------------------------------------------

COMMITMENT = re.compile("sha256:([0-9a-f]{64})")


def need(condition, why):
    if not condition:
        raise Malformed(why)


class Event:
    def __init__(self, text):
        event = parse_canonical(text, MAX_DEPTH)
        need(isinstance(event, dict), "an event is an object")
        need(all(key in event for key in ("v", "id", "kind", "at", "space", "actor", "data")), "a member is missing")
        need(type(event["v"]) is int and event["v"] == 1, "v is not 1")
        need(isinstance(event["id"], str) and isinstance(event["kind"], str), "id or kind is no string")
        need(isinstance(event["data"], dict), "data is no object")
        self.id, self.kind, data = event["id"], event["kind"], event["data"]
        need(isinstance(data.get("rows", []), list), "data.rows is no list")
        self.rows = [self.row(row) for row in data.get("rows", [])]
        self.vkey = None
        if self.kind == "key_rotated":
            need(isinstance(data.get("vkey"), str), "data.vkey is no string")
            self.vkey = data["vkey"]

    @staticmethod
    def row(row):
        need(isinstance(row, dict) and "commitment" in row, "a row reference is incomplete")
        need(isinstance(row.get("table"), str) and isinstance(row.get("id"), str), "a row reference is incomplete")
        commitment = row["commitment"]
        if commitment is not None:
            found = COMMITMENT.fullmatch(commitment) if isinstance(commitment, str) else None
            need(found, "a commitment is no commitment")
            commitment = bytes.fromhex(found.group(1))
        return row["table"], row["id"], commitment


# ---- 4. Signed notes and keys: Ed25519 as in RFC 8032 ------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def point_add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    x, y, z, t = f - e, h - g, h + g, f + e
    return (x * y % P, z * t % P, y * z % P, x * t % P)


def point_multiply(scalar, point):
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def point_encode(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def point_decode(data):
    number = int.from_bytes(data, "little")
    y, sign = (number & ((1 << 255) - 1)) % P, number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    if x & 1 != sign:
        x = -x % P
    return (x, y, 1, x * y % P)


def small_order(point):
    eightfold = point_multiply(8, point)
    return eightfold[0] % P == 0 and (eightfold[1] - eightfold[2]) % P == 0


BASE = point_decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_verify(public, message, signature):
    if len(signature) != 64:
        return False
    r_bytes, s = signature[:32], int.from_bytes(signature[32:], "little")
    r, a = point_decode(r_bytes), point_decode(public)
    if s >= ORDER or r is None or a is None or small_order(r) or small_order(a):
        return False
    k = int.from_bytes(hashlib.sha512(r_bytes + public + message).digest(), "little") % ORDER
    minus_a = (-a[0] % P, a[1], a[2], -a[3] % P)
    return point_encode(point_add(point_multiply(s, BASE), point_multiply(k, minus_a))) == r_bytes


def base64_bytes(text):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("not base64: %s" % error)
    need(base64.b64encode(data).decode() == text, "not canonical base64")
    return data


class Key:
    """A verifier key."""

    def __init__(self, text):
        parts = text.split("+", 2)
        need(len(parts) == 3, "a key is name+id+base64")
        self.name, key_id, encoded = parts
        need(re.fullmatch("[!-~]+", self.name), "a key name is printable ASCII")
        need(re.fullmatch("[0-9a-f]{8}", key_id), "a key id is 8 hex digits")
        data = base64_bytes(encoded)
        need(len(data) == 33 and data[0] == 1, "not an Ed25519 key")
        self.id, self.public = bytes.fromhex(key_id), data[1:]
        need(sha256(self.name.encode() + b"\n\x01" + self.public)[:4] == self.id, "the key id does not fit")
        need(point_decode(self.public), "not a point")

    def __eq__(self, other):
        return (self.name, self.id, self.public) == (other.name, other.id, other.public)


class Checkpoint:
    """A signed checkpoint (sections 4 and 5), its signatures not yet checked."""

    def __init__(self, note):
        at = note.rfind("\n\n")
        need(at >= 0, "no empty line before signatures")
        self.text, signatures = note[: at + 1], note[at + 2 :]
        need(not any(c < " " and c != "\n" for c in self.text), "a control character")
        need(signatures.endswith("\n"), "no newline at the end")
        self.signatures = [self.signature(line) for line in signatures[:-1].split("\n")]
        lines = self.text[:-1].split("\n")
        need(len(lines) >= 3 and all(lines), "not a checkpoint")
        need(re.fullmatch("0|[1-9][0-9]*", lines[1]) and len(lines[1]) < 20, "not a size")
        self.origin, self.size, self.root = lines[0], int(lines[1]), base64_bytes(lines[2])
        need(self.size < 1 << 63 and len(self.root) == 32, "not a size or a root")

    @staticmethod
    def signature(line):
        parts = line.split(" ")
        need(len(parts) == 3 and parts[0] == "\u2014" and parts[1], "not a signature line")
        data = base64_bytes(parts[2])
        need(len(data) >= 5, "a signature is too short")
        return parts[1], data[:4], data[4:]

    def fault(self, keys):
        """The code of what is wrong with the signatures, or None."""
        known = False
        for name, key_id, signature in self.signatures:
            for key in keys:
                if (key.name, key.id) == (name, key_id):
                    known = True
                    if not ed25519_verify(key.public, utf8(self.text), signature):
                        return "bad_signature"
                    break
        return None if known else "unknown_key"


# ---- 6. Bundle lines ---------------------------------------------------------------------------------------------


def is_count(value, most=(1 << 64) - 1):
    return type(value) is int and 0 <= value <= most


def parse_line(data):
    """(type, object) of a line without its newline."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8: %s" % error)
    line = parse_canonical(text, MAX_DEPTH + 1)
    need(isinstance(line, dict), "a line is an object")
    kind = line.get("t")
    members = {
        "bundle": {"t", "v", "origin", "vkey"},
        "event": {"t", "i", "e", "h"},
        "checkpoint": {"t", "note"},
        "end": {"t", "events", "checkpoints", "rows"},
        "row": {"t", "table", "id", "event", "salt", "erased" if "erased" in line else "record"},
    }
    need(isinstance(kind, str) and kind in members, "a type that is not known")
    need(set(line) == members[kind], "other members than this type has")
    texts = {"bundle": ("origin", "vkey"), "event": ("e", "h"), "checkpoint": ("note",), "row": ("table", "id", "event")}
    need(all(isinstance(line[key], str) for key in texts.get(kind, ())), "a member is no string")
    if kind == "bundle":
        need(type(line["v"]) is int and line["v"] == 1, "a version that is not known")
    elif kind == "event":
        need(is_count(line["i"], MAX_COUNT), "i is no index")
        need(re.fullmatch("[0-9a-f]{64}", line["h"]), "h is no hash")
    elif kind == "end":
        need(all(is_count(line[key]) for key in ("events", "checkpoints", "rows")), "a count is no count")
    elif kind == "row" and "erased" in line:
        need(line["erased"] is True and line["salt"] is None, "an erased row has no salt")
    elif kind == "row":
        need(isinstance(line["salt"], str) and re.fullmatch("[0-9a-f]{32}", line["salt"]), "salt is no salt")
    return kind, line


# ---- 7. The witness ----------------------------------------------------------------------------------------------


def read_witness(data):
    """Checkpoints by size, and the numbers of complete entries that are none."""
    entries, malformed, lines, empty, number = [], [], [], 0, 0
    for line in data.split(b"\n")[:-1]:
        lines.append(line)
        empty += not line
        if empty == 2:
            number += 1
            try:
                entries.append(Checkpoint((b"\n".join(lines[:-1]) + b"\n").decode("utf-8")))
            except (Malformed, UnicodeDecodeError):
                malformed.append(number)
            lines, empty = [], 0
    entries.sort(key=lambda entry: entry.size)
    return entries, malformed


# ---- 8. Verifying ------------------------------------------------------------------------------------------------

WRITTEN, DELETED, ERASED = "written", "deleted", "erased"


class Verifier:
    def __init__(self, pinned=None, witness=None):
        self.pinned = Key(pinned) if pinned is not None else None
        self.keys = [self.pinned] if self.pinned else []
        self.origin = self.pinned.name if self.pinned else None
        entries, self.bad_witness = read_witness(witness) if witness is not None else ([], [])
        self.witness = collections.deque(entries)
        self.tree, self.stored, self.disagreements = Tree(), None, []
        self.next, self.gaps, self.broken, self.last_good = 0, [], False, 0
        self.pending, self.rotations, self.last_seen = [], [], None
        self.root_was_good = self.witness_was_good = True
        self.rows = {}
        self.part = "header"
        self.counts = {"events": 0, "checkpoints": 0, "rows": 0}
        self.report = {
            "events": 0, "size": 0, "root": None, "rows": 0, "checkpoints_ok": 0, "signed_size": None,
            "anchored_size": None, "pinned": self.pinned is not None, "problem_count": 0, "problems": [],
        }  # fmt: skip

    def add(self, code, detail, index=None, event=None, line=None):
        self.report["problem_count"] += 1
        if len(self.report["problems"]) < MAX_PROBLEMS:
            problem = {"code": code, "index": index, "id": event, "line": line, "detail": detail}
            self.report["problems"].append(problem)

    def malformed(self, number, why):
        self.add("malformed_line", "Line %d cannot be used: %s." % (number, why), line=number)

    def verify(self, bundle):
        number = 0
        while True:
            number += 1
            data = bundle.readline(MAX_LINE)
            if not data:
                break
            if not data.endswith(b"\n"):
                while data and not data.endswith(b"\n"):
                    data = bundle.readline(MAX_LINE)
                self.malformed(number, "it is cut, or longer than 64 MiB")
                self.part = "events" if self.part == "header" else self.part
                continue
            self.line(number, data[:-1])
        self.finish()
        report = self.report
        anchored = report["anchored_size"] is not None and report["anchored_size"] == report["size"]
        report["exit"] = 1 if report["problem_count"] else 0 if anchored else 2
        return report

    def line(self, number, data):
        first = self.part == "header"
        if first:
            self.part = "events"
        try:
            kind, line = parse_line(data)
            need((kind == "bundle") == first, "the first line, and only it, is the header")
            need(self.part != "end", "a line after the end line")
            need(self.part != "rows" or kind in ("row", "end"), "out of place after a row")
        except Malformed as why:
            return self.malformed(number, why)
        if kind == "bundle":
            return self.header(line["origin"], line["vkey"])
        if kind == "end":
            self.part = "end"
            if any(line[key] != self.counts[key] for key in self.counts):
                self.add("count_mismatch", "The end line counts other lines than there are.", line=number)
            return None
        self.counts[kind + "s"] += 1
        if kind == "row":
            self.part = "rows"
            return self.check_row(number, line)
        self.catch_up()
        if kind == "event":
            return self.event(number, line["i"], bytes.fromhex(line["h"]), line["e"])
        return self.checkpoint(number, line["note"])

    def header(self, origin, vkey):
        try:
            key = Key(vkey)
        except Malformed as why:
            return self.malformed(1, why)
        if self.pinned is None:
            self.keys, self.origin = [key], key.name
        elif key != self.pinned:
            self.add("unknown_key", "The bundle names another key than the pinned one.", line=1)
        if origin != self.origin:
            self.add("wrong_origin", "The bundle is of the log %s, the key is for another." % origin, line=1)

    def catch_up(self):
        while self.witness and self.witness[0].size <= self.next:
            self.check_witness(self.witness.popleft())
        while self.pending and self.pending[0][0] <= self.next:
            size, number, checkpoint = self.pending.pop(0)
            self.add("checkpoint_misplaced", "The checkpoint of size %d stands too early." % size, line=number)
            self.check_root(checkpoint, number)

    def event(self, number, index, stored, text):
        late = index < self.next
        if late and not self.leave_gap(index):
            return self.add("event_repeated", "A second event %d." % index, index, line=number)
        self.report["events"] += 1
        leaf = leaf_hash(utf8(text))
        event, fault = None, None
        try:
            event = Event(text)
        except Malformed as why:
            fault = why
        event_id = event.id if event else None
        if fault is not None and leaf == stored:
            self.add("malformed_event", "Event %d cannot be read: %s." % (index, fault), index, line=number)
        if late:
            self.add("event_reordered", "Event %d stands after a later one." % index, index, event_id, number)
            if leaf != stored:
                self.changed(index, event_id, number)
        else:
            self.append(number, index, leaf, stored, event_id)
        if event:
            self.record_rows(index, event)
            if event.vkey is not None:
                try:
                    self.rotations.append((index, Key(event.vkey)))
                except Malformed as why:
                    self.add("malformed_event", "Event %d brings no key: %s." % (index, why), index, event_id, number)

    def leave_gap(self, index):
        at = bisect.bisect_right(self.gaps, (index, 1 << 64)) - 1
        if at < 0 or self.gaps[at][1] <= index:
            return False
        start, end = self.gaps[at]
        rest = [(start, index), (index + 1, end)]
        self.gaps[at : at + 1] = [gap for gap in rest if gap[0] < gap[1]]
        return True

    def append(self, number, index, leaf, stored, event_id):
        if index > self.next:
            self.gaps.append((self.next, index))
            self.broken = True
        if leaf != stored:
            self.stored = self.stored or self.tree.copy()
            self.disagreements.append((index, event_id, number))
        if self.stored:
            self.stored.append(stored)
        self.tree.append(leaf)
        self.next = index + 1

    def changed(self, index, event_id, number):
        self.add("event_changed", "Event %d was changed after it was recorded." % index, index, event_id, number)

    def record_rows(self, index, event):
        for table, row, commitment in event.rows:
            kept = self.rows.get((table, row))
            if kept and kept[0] > index:
                continue
            empty = ERASED if event.kind == "erased" else DELETED
            self.rows[table, row] = [index, event.id, commitment, empty if commitment is None else WRITTEN, False]

    def accepts(self, checkpoint, number):
        if checkpoint.origin != self.origin and (number is None or self.origin is not None):
            if number is not None:
                self.add("wrong_origin", "The checkpoint is of the log %s." % checkpoint.origin, line=number)
            return False
        fault = checkpoint.fault(self.keys)
        if fault:
            where = "" if number is not None else " of the witness"
            self.add(fault, "The checkpoint of size %d%s is not accepted." % (checkpoint.size, where), line=number)
        return not fault

    def fits(self, checkpoint):
        whole = not self.broken and checkpoint.size == self.next
        by_bytes = whole and self.tree.root() == checkpoint.root
        by_hashes = whole and not by_bytes and self.stored is not None and self.stored.root() == checkpoint.root
        for index, event_id, number in self.disagreements:
            if by_bytes:
                detail = "The leaf hash beside event %d was changed." % index
                self.add("leaf_hash_changed", detail, index, event_id, number)
            else:
                self.changed(index, event_id, number)
        self.disagreements = []
        if by_hashes:
            self.tree = self.stored
        self.stored = None
        if by_bytes or by_hashes:
            self.last_good = checkpoint.size
            self.keys += [key for index, key in self.rotations if index < checkpoint.size]
            self.rotations = [(index, key) for index, key in self.rotations if index >= checkpoint.size]
        return by_bytes or by_hashes

    def check_witness(self, checkpoint):
        if not self.accepts(checkpoint, None):
            return
        good = self.fits(checkpoint)
        if good:
            self.report["anchored_size"] = checkpoint.size
        elif self.witness_was_good:
            detail = "The witness holds a checkpoint of size %d that these events do not give." % checkpoint.size
            self.add("fork", detail, self.last_good)
        self.witness_was_good = good

    def checkpoint(self, number, note):
        try:
            checkpoint = Checkpoint(note)
        except Malformed as why:
            return self.add("malformed_checkpoint", "The checkpoint cannot be read: %s." % why, line=number)
        if not self.accepts(checkpoint, number):
            return None
        size, root = checkpoint.size, checkpoint.root
        if self.last_seen:
            last, other = self.last_seen
            if size == last and root != other:
                return self.add("fork", "Two signed histories of size %d." % size, line=number)
            if size <= last:
                return self.add("checkpoint_replayed", "The checkpoint of size %d again." % size, line=number)
        self.last_seen = (size, root)
        if size > self.next:
            self.pending.append((size, number, checkpoint))
        elif size < self.next:
            self.add("checkpoint_misplaced", "The checkpoint of size %d stands too late." % size, line=number)
        else:
            self.check_root(checkpoint, number)

    def check_root(self, checkpoint, number):
        good = self.fits(checkpoint)
        if good:
            self.report["checkpoints_ok"] += 1
            self.report["signed_size"] = checkpoint.size
        elif self.root_was_good:
            detail = "The events do not give the root signed at size %d; up to size %d they do." % (
                checkpoint.size, self.last_good)  # fmt: skip
            self.add("root_mismatch", detail, self.last_good, line=number)
        self.root_was_good = good

    def check_row(self, number, line):
        self.report["rows"] += 1
        name = "The row %s of %s" % (line["id"], line["table"])
        kept = self.rows.get((line["table"], line["id"]))
        if kept is None:
            return self.add("row_unrecorded", name + " is named by no event.", line=number)
        index, event_id, commitment, state, seen = kept
        kept[4] = True
        if seen:
            return self.add("row_repeated", name + " is there twice.", index, event_id, number)
        if state == DELETED:
            return self.add("row_unrecorded", name + " was deleted.", index, event_id, number)
        erased = "erased" in line
        if line["event"] != event_id:
            why = " names another event than the last one that wrote it."
        elif erased != (state == ERASED):
            why = " is erased in the bundle or in the events, but not in both."
        elif not erased and sha256(bytes.fromhex(line["salt"]) + utf8(canonical(line["record"]))) != commitment:
            why = " is not what the last event that wrote it committed to."
        else:
            return None
        return self.add("row_mismatch", name + why, index, event_id, number)

    def finish(self):
        if self.part != "end":
            self.add("bundle_cut", "The bundle has no end line: it was cut off.")
        self.catch_up()
        for index, event_id, number in self.disagreements:
            self.changed(index, event_id, number)
        for start, end in self.gaps:
            self.add("event_missing", "The events %d to %d are missing." % (start, end - 1), start)
        for size, number, _ in self.pending:
            detail = "A signed checkpoint covers %d events; the bundle ends after %d." % (size, self.next)
            self.add("truncated_below_checkpoint", detail, self.next, line=number)
        accepted = [entry.size for entry in self.witness if self.accepts(entry, None)]
        if accepted:
            detail = "The witness holds a checkpoint of %d events; the bundle ends after %d." % (accepted[-1], self.next)
            self.add("below_witness", detail, self.next)
        for number in self.bad_witness:
            self.add("malformed_witness", "Entry %d of the witness is no signed checkpoint." % number)
        for (table, row), kept in sorted(self.rows.items(), key=lambda item: (item[1][0], item[0])):
            if kept[3] != DELETED and not kept[4]:
                detail = "The row %s of %s, written by event %d, is missing." % (row, table, kept[0])
                self.add("row_missing", detail, kept[0], kept[1])
        self.report["size"] = self.next
        self.report["root"] = None if self.broken else self.tree.root().hex()


def read_all(path):
    with open(path, "rb") as file:
        return file.read()


def verify_file(path, vkey, witness):
    with open(path, "rb") as bundle:
        return Verifier(vkey, read_all(witness) if witness else None).verify(bundle)


def batch(directory):
    """For tests: each NAME.ndjson with NAME.vkey and NAME.witness where they exist; one report per line."""
    for file in sorted(os.listdir(directory)):
        name, extension = os.path.splitext(file)
        if extension != ".ndjson":
            continue
        base = os.path.join(directory, name)
        vkey = read_all(base + ".vkey").decode() if os.path.exists(base + ".vkey") else None
        witness = base + ".witness" if os.path.exists(base + ".witness") else None
        print(json.dumps({"name": name, "report": verify_file(base + ".ndjson", vkey, witness)}))


def show(report):
    for problem in report["problems"]:
        where = "" if problem["index"] is None else " [event %d%s]" % (
            problem["index"], " " + problem["id"] if problem["id"] else "")  # fmt: skip
        print("%s%s: %s" % (problem["code"], where, problem["detail"]))
    hidden = report["problem_count"] - len(report["problems"])
    if hidden:
        print("... and %d more" % hidden)
    print("%d events, %d rows, %d good checkpoints; root %s" % (
        report["events"], report["rows"], report["checkpoints_ok"], report["root"]))  # fmt: skip
    if report["anchored_size"] is None:
        print("not anchored: no checkpoint of a witness was checked against this history")
    else:
        print("anchored up to size %d of %d" % (report["anchored_size"], report["size"]))
    if not report["pinned"]:
        print("the key was taken from the bundle itself; pin it with --vkey to detect forgery")
    print({0: "verified", 1: "NOT verified", 2: "verified, with an unanchored tail"}[report["exit"]])


class Arguments(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(3, "%s\n" % message)


def main():
    parser = Arguments(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", nargs="?", help="the bundle, one JSON object per line")
    parser.add_argument("--vkey", help="the log's first verifier key, obtained from outside the bundle")
    parser.add_argument("--witness", help="file of checkpoints kept outside")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--batch", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.batch:
        batch(options.batch)
        return 0
    if not options.bundle:
        parser.print_usage(sys.stderr)
        return 3
    try:
        report = verify_file(options.bundle, options.vkey, options.witness)
    except (OSError, Malformed) as error:
        print("nothing could be verified: %s" % error, file=sys.stderr)
        return 3
    if options.json:
        print(json.dumps(report, indent=1))
    else:
        show(report)
    return report["exit"]


if __name__ == "__main__":
    sys.exit(main())

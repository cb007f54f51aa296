"""Tests of the second verifier's own parts against published vectors; verdicts are compared in crates/ledger."""

import math
import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest

TOOLS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TOOLS)
import verify_ledger as ledger  # noqa: E402

PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
TEXT = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"


class Canonical(unittest.TestCase):
    def test_numbers_of_rfc_8785(self):
        samples = {
            0x0000000000000000: "0", 0x8000000000000000: "0", 0x0000000000000001: "5e-324",
            0x7FEFFFFFFFFFFFFF: "1.7976931348623157e+308", 0x4340000000000000: "9007199254740992",
            0x4430000000000000: "295147905179352830000", 0x44B52D02C7E14AF5: "9.999999999999997e+22",
            0x44B52D02C7E14AF6: "1e+23", 0x444B1AE4D6E2EF4E: "999999999999999700000", 0x444B1AE4D6E2EF50: "1e+21",
            0x3EB0C6F7A0B5ED8C: "9.999999999999997e-7", 0x3EB0C6F7A0B5ED8D: "0.000001",
            0x41B3DE4355555557: "333333333.33333343", 0x43143FF3C1CB0959: "1424953923781206.2",
        }  # fmt: skip
        for bits, expected in samples.items():
            value = struct.unpack(">d", struct.pack(">Q", bits))[0]
            self.assertEqual(ledger.canonical_double(value), expected)

    def test_numbers_read_back(self):
        draw = random.Random(1)
        for _ in range(20000):
            value = struct.unpack(">d", struct.pack(">Q", draw.getrandbits(64)))[0]
            if math.isfinite(value):
                self.assertEqual(float(ledger.canonical_double(value)), value)

    def test_order_of_keys(self):
        self.assertEqual(ledger.canonical({"\ufb33": 1, "\U0001f600": 2, "\r": 3, "1": 4}), '{"\\r":3,"1":4,"\U0001f600":2,"\ufb33":1}')

    def test_other_spellings_are_refused(self):
        for text in ["", " 1", "01", "-0", "1.0", "1e400", "NaN", '"\\u0041"', '{"a":1,"a":2}', '{"b":1,"a":2}', "[1, 2]",
                     '"\\ud800"', "[" * 5000, "1" * 5000, "18446744073709551616", "\ufeff1"]:  # fmt: skip
            with self.assertRaises(ledger.Malformed, msg=text[:20]):
                ledger.parse_canonical(text, 120)
        for text in ["18446744073709551615", "9007199254740993", "-9223372036854775808", "[" * 120 + "]" * 120]:
            ledger.parse_canonical(text, 120)


class Tree(unittest.TestCase):
    def test_roots_of_rfc_6962(self):
        tree = ledger.Tree()
        for leaf in ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]:
            tree.append(ledger.leaf_hash(bytes.fromhex(leaf)))
        self.assertEqual(tree.root().hex(), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")


class Signatures(unittest.TestCase):
    def test_the_vector_of_go(self):
        key, signature = ledger.Key(PUBLIC), ledger.base64_bytes(SIGNATURE)[4:]
        self.assertTrue(ledger.ed25519_verify(key.public, TEXT, signature))
        self.assertFalse(ledger.ed25519_verify(key.public, TEXT + b" ", signature))
        for bit in range(0, 512, 7):
            changed = bytearray(signature)
            changed[bit // 8] ^= 1 << bit % 8
            self.assertFalse(ledger.ed25519_verify(key.public, TEXT, bytes(changed)))

    def test_s_beyond_the_order_is_refused(self):
        key, signature = ledger.Key(PUBLIC), ledger.base64_bytes(SIGNATURE)[4:]
        s = int.from_bytes(signature[32:], "little") + ledger.ORDER
        self.assertFalse(ledger.ed25519_verify(key.public, TEXT, signature[:32] + s.to_bytes(32, "little")))

    def test_small_order_keys_sign_nothing(self):
        identity = (1).to_bytes(32, "little")
        self.assertFalse(ledger.ed25519_verify(identity, TEXT, identity + bytes(32)))

    def test_texts_that_are_no_keys(self):
        for text in ["", "a+b", PUBLIC[:-4], PUBLIC.replace("c74f", "c74e"), PUBLIC.replace("c74f20a3", "C74F20A3")]:
            with self.assertRaises(ledger.Malformed):
                ledger.Key(text)


class Program(unittest.TestCase):
    def test_no_bundle_is_a_problem_and_bad_use_is_not_a_verdict(self):
        tool = [sys.executable, os.path.join(TOOLS, "verify_ledger.py")]
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "empty.ndjson")
            open(path, "w").close()
            self.assertEqual(subprocess.run(tool + [path], capture_output=True).returncode, 1)
        self.assertEqual(subprocess.run(tool, capture_output=True).returncode, 3)
        self.assertEqual(subprocess.run(tool + ["x", "--vkey", "y"], capture_output=True).returncode, 3)


if __name__ == "__main__":
    unittest.main()

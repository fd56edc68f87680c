# SPDX-License-Identifier: Apache-2.0
"""Does every metadata value come back as it was?"""

import email.header
import re
import unittest
from base64 import b64encode
from quopri import encodestring

from hypothesis import example, given
from hypothesis import strategies as st

from s3_sync.model.metadata import decode, encode

PRINTABLE = re.compile(r"[\x20-\x7e]*")

anything = st.text(st.characters(blacklist_categories=("Cs",)), max_size=300)
ascii_text = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))
look_alikes = st.lists(
    st.sampled_from(["=?", "?=", "UTF-8", "?B?", "?q?", "YQ==", " ", "é"]),
    max_size=8,
).map("".join)
values = anything | ascii_text | look_alikes


class EncodeTest(unittest.TestCase):
    @given(values)
    @example("")
    @example(" ")
    @example("a\r\n b")
    @example("=?UTF-8?B?YQ==?=")
    def test_decoding_undoes_encoding(self, value):
        self.assertEqual(value, decode(encode(value)))

    @given(values)
    @example("a\nb")
    @example("a\n")
    def test_what_travels_is_one_printable_line_without_outer_space(self, v):
        sent = encode(v)
        self.assertRegex(sent, PRINTABLE)
        self.assertTrue(PRINTABLE.fullmatch(sent))
        self.assertEqual(sent.strip(), sent)

    def test_plain_text_goes_as_it_is(self):
        for value in ("", "blue", "a b  c", "a?=b", "=", "~!\"'", "%C3%A9"):
            with self.subTest(value):
                self.assertEqual(value, encode(value))

    def test_other_values_go_as_one_word(self):
        for case, value in (
            ("not ASCII", "blué"),
            ("a line of them", "é" * 300),
            ("a space before", " blue"),
            ("a space behind", "blue "),
            ("a tab", "a\tb"),
            ("a control character", "a\x7fb"),
            ("looks encoded", "=?UTF-8?B?YQ==?="),
            ("begins like it", "a=?b"),
        ):
            with self.subTest(case):
                word = b64encode(value.encode()).decode()
                self.assertEqual(f"=?UTF-8?B?{word}?=", encode(value))


class DecodeTest(unittest.TestCase):
    def test_what_amazon_makes_of_a_value_is_decoded_whole(self):
        for case, sent, expected in (
            (
                "quoted-printable",
                "=?UTF-8?Q?caf=C3=A9_au_lait?=",
                "café au lait",
            ),
            ("lower case", "=?utf-8?q?caf=C3=A9?=", "café"),
            ("other charset", "=?ISO-8859-1?Q?caf=E9?=", "café"),
            ("folded", "=?UTF-8?B?w6k=?=\r\n =?UTF-8?B?w6k=?=", "éé"),
            ("words in a line", "=?UTF-8?B?w6k=?= =?UTF-8?Q?=C3=A9?=", "éé"),
            ("plain text around", "a =?UTF-8?B?w6k=?= b", "a é b"),
        ):
            with self.subTest(case):
                self.assertEqual(expected, decode(sent))

    @given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FF)))
    def test_a_quoted_printable_word_is_decoded(self, value):
        quoted = encodestring(value.encode(), quotetabs=True, header=True)
        word = quoted.decode().replace("=\n", "").replace("?", "=3F")
        self.assertEqual(value, decode(f"=?UTF-8?Q?{word}?="))

    @given(st.text("éabc", min_size=1, max_size=200))
    def test_what_the_predecessor_folded_is_decoded(self, value):
        folded = email.header.Header(value, "utf-8").encode()
        self.assertEqual(value, decode(folded))

    def test_what_cannot_be_decoded_stays(self):
        for value in (
            "=?UTF-8?B?YQ?=",
            "=?UTF-8?B?/w==?=",
            "=?UTF-8?Q?=FF?=",
            "=?klingon?Q?a?=",
            "=?UTF-8?X?a?=",
            "=?",
            "a =? b",
        ):
            with self.subTest(value):
                self.assertEqual(value, decode(value))

    @given(values)
    def test_decoding_never_fails(self, value):
        self.assertIsInstance(decode(value), str)

    @given(ascii_text.filter(lambda text: "=?" not in text))
    def test_what_does_not_look_encoded_stays(self, value):
        self.assertEqual(value, decode(value))

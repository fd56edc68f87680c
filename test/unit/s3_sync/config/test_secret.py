# SPDX-License-Identifier: Apache-2.0
"""Do secrets come from where they should, and go nowhere else?"""

import tempfile
import traceback
import unittest
from pathlib import Path
from types import SimpleNamespace

from s3_sync.config import load
from s3_sync.config.secret import Sources, resolve
from s3_sync.errors import ConfigError
from test.unit.s3_sync.config.written import (
    CLONE,
    RULE,
    as_file,
    document,
    loaded,
    problems,
)


def _resolved(given, environ=None, folder="/nowhere"):
    sources = Sources(environ or {}, Path(folder))
    return resolve(given, SimpleNamespace(context=sources))


class SecretTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name, "secret")

    def test_a_string_is_the_secret(self):
        secret = _resolved("hush")
        self.assertEqual("hush", secret.value.get_secret_value())
        self.assertEqual("given", secret.origin)

    def test_a_secret_comes_from_the_environment(self):
        secret = _resolved({"env": "NAME"}, {"NAME": "hush"})
        self.assertEqual("hush", secret.value.get_secret_value())
        self.assertEqual("env NAME", secret.origin)

    def test_a_secret_is_the_first_line_of_a_file(self):
        for content in (b"hush", b"hush\n", b"hush\r\n", b"hush\nmore\n"):
            with self.subTest(content):
                self.file.write_bytes(content)
                secret = _resolved({"file": str(self.file)})
                self.assertEqual("hush", secret.value.get_secret_value())
                self.assertEqual(f"file {self.file}", secret.origin)

    def test_a_relative_path_starts_in_the_configurations_folder(self):
        self.file.write_bytes(b"hush")
        secret = _resolved({"file": "secret"}, folder=self.file.parent)
        self.assertEqual("hush", secret.value.get_secret_value())

    def test_white_space_within_a_line_belongs_to_the_secret(self):
        self.file.write_bytes(b" hush hush \n")
        secret = _resolved({"file": str(self.file)})
        self.assertEqual(" hush hush ", secret.value.get_secret_value())

    def test_a_file_that_gives_no_secret_is_a_problem(self):
        for content, expected in {
            b"": "is empty",
            b"\nhush": "is empty",
            b"hush\xff": "not printable",
            b"hush\tx": "not printable",
        }.items():
            self.file.write_bytes(content)
            with self.subTest(content):
                self._refused({"file": str(self.file)}, expected)

    def test_a_file_that_cannot_be_read_is_a_problem(self):
        self._refused({"file": str(self.file)}, "No such file")
        self._refused({"file": str(self.file.parent)}, "Is a directory")
        self._refused({"file": "a\x00"}, "not the path of a file")

    def test_an_environment_without_the_secret_is_a_problem(self):
        self._refused({"env": "NAME"}, "'NAME' is not set")
        self._refused({"env": "NAME"}, r"empty \(env NAME\)", {"NAME": ""})
        self._refused({"env": "N"}, "not printable", {"N": "hush\udcff"})

    def test_other_forms_are_problems_that_do_not_show_the_value(self):
        for given in (
            "",
            "hush\n",
            7261,
            True,
            None,
            ["hush"],
            {},
            {"hush": "hush"},
            {"env": "A", "file": "hush"},
            {"env": 7261},
            {"env": ""},
            {"file": ["hush"]},
        ):
            with self.subTest(given):
                self._refused(given, "expected|is empty|not printable")

    def test_a_look_up_without_context_is_a_mistake_of_ours(self):
        with self.assertRaises(TypeError):
            resolve("hush", SimpleNamespace(context=None))

    def _refused(self, given, expected, environ=None):
        with self.assertRaisesRegex(ValueError, expected) as raised:
            _resolved(given, environ)
        self.assertNotRegex(str(raised.exception), "hush|7261")


class PrintingTest(unittest.TestCase):
    """Whatever is wrong with the file, and whoever prints it."""

    KEYS = CLONE | {
        "identity": "hush1",
        "secret": {"env": "S"},
        "session_token": "hush2",
        "role_arn": "arn:aws:iam::123456789012:role/r",
        "sts_endpoint": "https://sts.example.com",
        "external_id": "hush6",
    }
    PROXY = {"https_proxy": "http://user:hush7@proxy:3128"}  # noqa: RUF012
    ENVIRON = {"S": "hush3"}  # noqa: RUF012 (a constant)

    def test_a_configuration_prints_no_secret(self):
        config = loaded(
            document(RULE | self.KEYS, sites={"a": self.KEYS}, **self.PROXY),
            self.ENVIRON,
        )
        self.assertIn("hush7", config.rules[0].site.proxy.get_secret_value())
        secrets = config.rules[0].site.secret, config.sites["a"].identity
        self.assertEqual(
            ["hush3", "hush1"], [s.get_secret_value() for s in secrets]
        )
        self.assertNotIn("hush", f"{config} {config!r} {secrets}")

    def test_problems_and_tracebacks_hold_no_secret(self):
        for wrong in (
            {"secrte": "hush4"},
            {"identity": ["hush4"]},
            {"identity": {"env": "S", "hush4": "hush5"}},
            {"secret": 7261},
            {"endpoint": "https://a:hush4@h"},
            {"endpoint": ["hush4"]},
            {"aws_secret": "hush4"},
            {"region": 5},
            {"site": "a"},
            {"external_id": 7261},
            {"sts_endpoint": "https://a:hush4@h"},
            {"ca_file": "missing"},
        ):
            content = document(RULE | self.KEYS | wrong, **self.PROXY)
            with self.subTest(wrong):
                self.assertNotRegex(self._everything(content), r"hush\d|7261")

    def test_a_proxy_that_is_none_is_not_shown(self):
        for url in ("hush7", "http://u:hush7@h:x", "ftp://u:hush7@h", 7261):
            with self.subTest(url):
                content = document(https_proxy=url)
                told = self._everything(content)
                self.assertNotRegex(told, r"hush\d|7261")

    def test_what_is_not_json_shows_no_secret(self):
        self.assertNotIn(
            "hush", self._everything(b'{"secret": "hush1" "a": 1}')
        )

    def test_an_entry_that_is_no_object_shows_no_secret(self):
        content = document("hush1", sites={"a": "hush2"})
        self.assertNotRegex(self._everything(content), r"hush\d")

    def _everything(self, content):
        """Return the traceback with the frames' local variables, too."""
        environ = _Unprintable(self.ENVIRON)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "sync.json")
            path.write_bytes(as_file(content))
            error = _error(path, environ)
        self.assertIsNone(error.__context__)
        trace = traceback.TracebackException.from_exception(
            error, capture_locals=True
        )
        ours = [f for f in trace.stack if "s3_sync/config/" in f.filename]
        inner = [f for f in ours if "/test/" not in f.filename]
        self.assertEqual("load", inner[-1].name)
        return "".join(
            [str(error), repr(error), *[str(f.locals) for f in inner]]
        )


def _error(path, environ):
    # assertRaises() would clear the frames.
    try:
        load(path, environ)
    except ConfigError as error:
        return error
    raise AssertionError("the configuration is right")


class _Unprintable(dict):
    """The caller's environment is the caller's to keep."""

    def __repr__(self):
        return "environ"


class SourceProblemsTest(unittest.TestCase):
    def test_a_secret_that_cannot_be_had_is_told_by_its_path(self):
        rule = (
            RULE | CLONE | {"identity": {"env": "I"}, "secret": {"file": "f"}}
        )
        self.assertEqual(
            [
                "containers[0].identity: environment variable 'I' is not set",
            ],
            problems(document(rule | {"secret": "s"})),
        )
        [told] = problems(document(rule), {"I": "i"})
        self.assertRegex(
            told, r"^containers\[0\]\.secret: cannot read '.*/f': No such file"
        )

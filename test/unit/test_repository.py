# SPDX-License-Identifier: Apache-2.0
"""Does the repository say the truth about itself?"""

import re
import subprocess
import unittest
from pathlib import Path

import s3_sync

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
PATH_IN_PAGE = re.compile(
    r"`((?:container_crawler|s3_sync|test|docs|bench|bin)/[\w/.-]+)`"
)
LINK_IN_PAGE = re.compile(r"\]\(([^)#:]+)\)")


def tracked(*patterns):
    listed = subprocess.run(
        ["git", "ls-files", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / path for path in listed if (ROOT / path).exists()]


def pages():
    return [ROOT / name for name in PAGES] + tracked("docs/*.md")


def sources():
    return [
        path
        for path in tracked("container_crawler/*.py", "s3_sync/*.py")
        if path.name != "__init__.py"
    ]


def tests_of(source):
    folder = source.relative_to(ROOT).parent
    name = f"test_{source.name}"
    return [
        ROOT / "test" / "unit" / folder / name,
        ROOT / "test" / "integration" / name,
    ]


class RepositoryTest(unittest.TestCase):
    def test_every_module_has_a_test_module(self):
        for source in sources():
            with self.subTest(source.relative_to(ROOT)):
                self.assertTrue(any(t.exists() for t in tests_of(source)))

    def test_no_module_is_longer_than_400_lines(self):
        for source in [*sources(), *tracked("bench/*.py")]:
            with self.subTest(source.relative_to(ROOT)):
                lines = len(source.read_text().splitlines())
                self.assertLessEqual(lines, 400)

    def test_every_source_names_its_licence_first(self):
        for source in tracked("*.py"):
            with self.subTest(source.relative_to(ROOT)):
                text = source.read_text()
                self.assertTrue(
                    not text
                    or text.startswith(
                        "# SPDX-License-Identifier: Apache-2.0\n"
                    )
                )

    def test_paths_in_the_pages_exist(self):
        for page in pages():
            text = page.read_text()
            for path in PATH_IN_PAGE.findall(text):
                with self.subTest(f"{page.name}: {path}"):
                    self.assertTrue((ROOT / path).exists())
            for link in LINK_IN_PAGE.findall(text):
                with self.subTest(f"{page.name}: {link}"):
                    self.assertTrue((page.parent / link).exists())

    def test_the_changelog_is_about_this_version(self):
        text = (ROOT / "CHANGELOG.md").read_text()
        newest = re.search(r"^## (\S+)", text, re.MULTILINE).group(1)
        self.assertEqual(s3_sync.__version__, newest)

    def test_the_make_targets_in_the_pages_exist(self):
        makefile = (ROOT / "Makefile").read_text()
        targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
        for page in pages():
            for target in re.findall(r"`make (\w+)", page.read_text()):
                with self.subTest(f"{page.name}: make {target}"):
                    self.assertIn(target, targets)

    def test_the_commands_in_the_pages_exist(self):
        from s3_sync.cli import cli

        for page in pages():
            text = page.read_text()
            for command in re.findall(r"`swift-s3-sync ([a-z][a-z-]*)", text):
                with self.subTest(f"{page.name}: {command}"):
                    self.assertIn(command, cli.commands)

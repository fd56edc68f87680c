# SPDX-License-Identifier: Apache-2.0
"""A nose2 plugin: the run ends with `N passed, N failed, N skipped`."""

from nose2 import events, result


class Summary(events.Plugin):
    """Count tests by how they ended; one with a failed subtest has failed."""

    configSection = "summary"  # noqa: N815  nose2's name
    alwaysOn = True  # noqa: N815  nose2's name

    def __init__(self):
        self.failed = set()
        self.skipped = set()
        self.ended = set()

    def testOutcome(self, event):  # noqa: N802  nose2's name
        is_subtest = event.outcome == result.SUBTEST
        test = event.test.test_case if is_subtest else event.test
        name = test.id()
        self.ended.add(name)
        if event.outcome == result.SKIP:
            self.skipped.add(name)
        elif event.exc_info or not (event.expected or is_subtest):
            self.failed.add(name)

    def afterSummaryReport(self, event):  # noqa: N802  nose2's name
        skipped = self.skipped - self.failed
        passed = self.ended - self.failed - skipped
        event.stream.writeln(
            f"{len(passed)} passed, {len(self.failed)} failed,"
            f" {len(skipped)} skipped"
        )

# SPDX-License-Identifier: Apache-2.0
"""A nose2 plugin: the run ends with `N passed, N failed, N skipped`."""

from nose2 import events, result

from test.tally import Tally


class Summary(events.Plugin):
    """Count tests by how they ended."""

    configSection = "summary"  # noqa: N815  nose2's name
    alwaysOn = True  # noqa: N815  nose2's name

    def __init__(self):
        self.tally = Tally()

    def testOutcome(self, event):  # noqa: N802  nose2's name
        is_subtest = event.outcome == result.SUBTEST
        test = event.test.test_case if is_subtest else event.test
        name = test.id()
        self.tally.ended.add(name)
        if event.outcome == result.SKIP:
            self.tally.skipped[name] = event.reason or ""
        elif event.exc_info or not (event.expected or is_subtest):
            self.tally.failed.add(name)

    def afterSummaryReport(self, event):  # noqa: N802  nose2's name
        for line in self.tally.lines():
            event.stream.writeln(line)

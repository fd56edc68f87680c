# SPDX-License-Identifier: Apache-2.0
"""How does one process run test cases for `test.parallel`?

It reads names of test cases, one a line, and answers each with a line of
JSON. Servers that a test starts stay for the tests that follow.
"""

import ctypes
import json
import os
import signal
import sys
import time
import traceback
import unittest

_PR_SET_PDEATHSIG = 1


class Record(unittest.TestResult):
    """What became of the tests of one case."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[str] = []
        self.troubles: list[tuple[str, str]] = []
        self.reasons: dict[str, str] = {}

    def startTest(self, test):  # noqa: N802  unittest's name
        super().startTest(test)
        self.ended.append(test.id())

    def addFailure(self, test, err):  # noqa: N802  unittest's name
        self._add(test, test, err)

    addError = addFailure  # noqa: N815  unittest's name

    def addSubTest(self, test, subtest, err):  # noqa: N802  unittest's name
        if err:
            self._add(test, subtest, err)

    def addUnexpectedSuccess(self, test):  # noqa: N802  unittest's name
        self.troubles.append((test.id(), "passed, which was not expected\n"))

    def addSkip(self, test, reason):  # noqa: N802  unittest's name
        self.reasons[test.id()] = reason

    def _add(self, test, about, err) -> None:
        text = "".join(traceback.format_exception(*err))
        self.troubles.append((test.id(), f"{about}\n{text}"))

    def to_json(self, seconds: float) -> str:
        """Return it as one line."""
        return json.dumps(
            {
                "ended": self.ended,
                "troubles": self.troubles,
                "skipped": self.reasons,
                "seconds": round(seconds, 2),
            }
        )


def main() -> None:
    """Run what standard input names, until it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what tests print is no answer
    for line in sys.stdin:
        record = Record()
        began = time.monotonic()
        loader = unittest.TestLoader()
        loader.loadTestsFromName(line.strip()).run(record)
        answers.write(record.to_json(time.monotonic() - began) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()

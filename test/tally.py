# SPDX-License-Identifier: Apache-2.0
"""How did the tests of a run end, in one line?"""

from dataclasses import dataclass, field

from test.servers import SERVERS


@dataclass
class Tally:
    """Names of tests by how they ended; one with a failed subtest failed."""

    ended: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    skipped: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        """Count the tests of another part of the run."""
        self.ended |= other.ended
        self.failed |= other.failed
        self.skipped |= other.skipped

    def missing_servers(self) -> dict[str, str]:
        """Return why servers were not there, by name."""
        missing = {}
        for reason in self.skipped.values():
            name, colon, why = reason.partition(": ")
            if colon and name in SERVERS:
                missing[name] = why
        return missing

    def lines(self) -> list[str]:
        """Return what is printed last."""
        skipped = set(self.skipped) - self.failed
        passed = self.ended - self.failed - skipped
        return [
            *(
                f"skipped: {name}: {why}"
                for name, why in sorted(self.missing_servers().items())
            ),
            f"{len(passed)} passed, {len(self.failed)} failed,"
            f" {len(skipped)} skipped",
        ]

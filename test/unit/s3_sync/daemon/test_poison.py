# SPDX-License-Identifier: Apache-2.0
"""What if one object breaks the site whenever it is its turn?"""

from test.unit.s3_sync.daemon.handling import DOWN, HandlingTest


class PoisonTest(HandlingTest):
    def setUp(self):
        super().setUp()
        self.it.fail(bad=DOWN)

    def wait_long(self):
        for _ in range(100):
            self.it.wait(0.25)

    def test_a_row_that_the_site_never_takes_is_parked(self):
        rows = [self.it.swift.put(name) for name in ("a", "bad", "b")]

        self.it.settle(*rows)
        self.wait_long()

        self.assert_done(*rows)
        self.assertEqual(["bad"], list(self.it.parked))
        self.assertEqual({"a", "b"}, set(self.it.remote.objects))
        self.assertFalse(self.it.handler.pause.active)

    def test_a_delete_that_the_site_never_takes_is_parked_alone(self):
        names = ["a", "bad", "b"]
        self.it.heal()
        self.it.settle(*map(self.it.swift.put, names))
        self.it.fail(bad=DOWN)
        rows = [self.it.swift.delete(name) for name in names]

        self.it.settle(*rows)
        self.wait_long()

        self.assert_done(*rows)
        self.assertEqual(["bad"], list(self.it.parked))
        self.assertEqual({"bad"}, set(self.it.remote.objects))

    def test_its_next_attempts_do_not_pause_the_others(self):
        self.it.settle(self.it.swift.put("bad"))
        self.wait_long()
        paused = []
        for _ in range(40):
            self.it.now += 1
            self.it.handler.tick()
            self.it.workers.run_all()
            paused.append(self.it.handler.pause.active)

        self.assertGreater(self.it.parked["bad"].attempts, 1)
        self.assertFalse(any(paused))

    def test_an_outage_is_no_row_s_fault_however_long(self):
        rows = [self.it.swift.put(name) for name in "abc"]
        self.it.fail_with(DOWN)
        self.it.settle(*rows)
        for _ in range(20):
            self.wait_long()

        self.assertEqual({}, self.it.parked)
        self.it.heal()
        self.it.wait(60)
        self.it.wait(60)
        self.assert_done(*rows)

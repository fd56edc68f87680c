# SPDX-License-Identifier: Apache-2.0
"""Is the newest version right when a name changes amid its own copying?"""

import threading
import unittest

from test.integration import servers
from test.integration.daemon import wait_until
from test.integration.faults import (
    FaultySwift,
    Late,
    Stall,
    before,
    seen_through,
)
from test.integration.scene import Scene
from test.integration.write_log import problems, writes_by_key

OLD, NEW = b"old " * 500_000, b"new " * 400_000


class Races:
    """The scenarios; a subclass says on which server."""

    def setUp(self):
        self.gate = threading.Event()
        self.addCleanup(self.gate.set)
        self.proxy = before(self.server(), self)
        self.scene = Scene(self, seen_through(self.proxy, self.server()))

    def hold(self, exchange):
        """Hold the first PUT of the object back until the gate opens."""
        first = not any(e.fault for e in self.proxy.log)
        held = exchange.method == "PUT" and exchange.path.endswith("/o")
        return Late(self.gate) if first and held else None

    def start_slow_upload(self):
        self.proxy.choose = self.hold
        self.scene.put("o", OLD)
        daemon = self.scene.start()
        wait_until(lambda: self.proxy.faults, "the upload is under way")
        return daemon

    def let_go(self, daemon, count):
        """Open the gate when the daemon knows of the change behind it."""
        self.scene.put("behind", b"x")
        daemon.wait_for(" PUT ", "object=behind")
        self.assertEqual([], self.writes())
        self.gate.set()
        wait_until(lambda: len(self.writes()) == count, "all is done")
        self.assertEqual(0, daemon.terminate())
        self.assertEqual([], problems(self.proxy.log))
        self.scene.assert_equal_sides()

    def writes(self):
        """Return the writes of the object `o`."""
        all_writes = writes_by_key(list(self.proxy.log))
        keys = [key for key in all_writes if key.endswith("/o")]
        return all_writes[keys[0]] if keys else []

    def test_an_object_overwritten_amid_its_slow_upload(self):
        daemon = self.start_slow_upload()
        self.scene.put("o", NEW)
        self.let_go(daemon, 2)

    def test_an_object_deleted_amid_its_slow_upload(self):
        daemon = self.start_slow_upload()
        self.scene.delete("o")
        self.let_go(daemon, 2)
        self.assertEqual({"behind"}, set(self.scene.copies()))

    def test_metadata_changed_amid_a_slow_upload(self):
        daemon = self.start_slow_upload()
        self.scene.post("o", x_object_meta_a="b")
        self.let_go(daemon, 2)

    def test_an_object_deleted_and_written_again_amid_its_slow_upload(self):
        daemon = self.start_slow_upload()
        self.scene.delete("o")
        self.scene.put("o", NEW)
        self.let_go(daemon, 2)

    def test_a_delete_and_a_new_object_within_one_batch(self):
        """The delete waits for its batch; the object overtakes it."""
        names = [f"o{number}" for number in range(20)]
        for name in names:
            self.scene.put(name, b"old")
        daemon = self.scene.start()
        wait_until(lambda: len(self.proxy.stored) >= 20, "all are copied")
        for name in names:
            self.scene.delete(name)
            self.scene.put(name, b"new")
        self.scene.put("last", b"x")
        daemon.wait_for(" PUT ", "object=last")
        self.assertEqual(0, daemon.terminate())
        self.assertEqual([], problems(self.proxy.log))
        self.scene.assert_equal_sides()

    def test_an_object_replaced_while_it_is_being_read(self):
        swift = FaultySwift(self, servers.source().cluster, self.scene.root)
        swift.objects.choose = lambda exchange: (
            Stall(self.gate)
            if not swift.objects.faults and exchange.path.endswith("/o")
            else None
        )
        self.scene.configure(swift_dir=str(swift.swift_dir))
        self.scene.put("o", OLD)
        daemon = self.scene.start()
        wait_until(lambda: swift.objects.faults, "it is being read")
        self.scene.put("o", NEW)
        self.let_go(daemon, 2)


class RacesOnMoto(Races, unittest.TestCase):
    server = staticmethod(servers.moto)


class RacesOnS3api(Races, unittest.TestCase):
    server = staticmethod(servers.s3api)

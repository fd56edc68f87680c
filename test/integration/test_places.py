# SPDX-License-Identifier: Apache-2.0
"""Do copies lie where the rule says: prefixes, whole accounts, two places?"""

from test.integration.matrix import on_every_server
from test.integration.scene import Scene
from test.integration.servers import new_account


class Places:
    """The scenarios; a subclass says on which server."""

    def whole_account(self, **rule):
        return Scene(
            self, self.server(), new_account(), container="/*", **rule
        )

    def fill(self, scene, *containers):
        for container in containers:
            scene.swift.do("PUT", container)
            scene.swift.do("PUT", container, "o", container.encode())

    def test_a_custom_prefix_stands_before_the_name(self):
        scene = Scene(self, self.server(), custom_prefix="some/where")
        scene.put("o", b"x")
        scene.put("a/o", b"x")
        scene.run()
        self.assertEqual(["some/where/a/o", "some/where/o"], scene.keys())
        scene.assert_equal_sides()

    def test_names_are_keys_with_an_empty_prefix_but_no_manifests(self):
        scene = Scene(self, self.server(), custom_prefix="")
        scene.put("a/o", b"x")
        scene.put("b o", b"x")
        scene.put(".manifests/o", b"x")
        once = scene.run()
        self.assertEqual(["a/o", "b o"], scene.keys())
        self.assertTrue(once.lines("SKIP", "object=.manifests/o"), once.log)

    def test_all_containers_are_copied_new_ones_too(self):
        scene = self.whole_account()
        self.fill(scene, "one", "two & drei")
        scene.run()
        self.fill(scene, "later")
        scene.run()
        for container in ("one", "two & drei", "later"):
            with self.subTest(container):
                copy = scene.copy_at(scene.prefix_of(container) + "o")
                self.assertEqual(container.encode(), copy.body)

    def test_the_deletes_of_a_deleted_container_arrive(self):
        scene = self.whole_account()
        self.fill(scene, "goes", "stays")
        scene.run()
        scene.swift.do("DELETE", "goes", "o")
        scene.swift.do("DELETE", "goes")
        scene.run()
        self.assertEqual([scene.prefix_of("stays") + "o"], scene.keys())
        with self.subTest("made again"):
            self.fill(scene, "goes")
            scene.run()
            copy = scene.copy_at(scene.prefix_of("goes") + "o")
            self.assertEqual(b"goes", copy.body)

    def test_a_custom_prefix_keeps_the_containers_of_an_account_apart(self):
        scene = self.whole_account(custom_prefix="all")
        self.fill(scene, "one", "two")
        scene.run()
        self.assertEqual(["all/one/o", "all/two/o"], scene.keys())

    def test_two_rules_copy_one_container_to_two_buckets(self):
        one = Scene(self, self.server())
        two = Scene(self, self.server(), of=one.container)
        one.configure(containers=[one.rule, two.rule])
        one.put("o", b"x")
        one.run()
        self.assertEqual([one.prefix + "o"], one.keys())
        one.assert_equal_sides()
        two.assert_equal_sides()


globals().update(on_every_server(Places))

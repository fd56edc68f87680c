# SPDX-License-Identifier: Apache-2.0
"""Is it told rightly which targets are met?"""

import json
import unittest
from dataclasses import replace

from bench.results import Results, aims
from test.unit.bench.measured import IDLE_RUN, idle, lag, transfer


def met(results):
    return {aim.what: aim.met for aim in aims(results)}


class AimsTest(unittest.TestCase):
    def test_what_was_not_measured_is_neither_met_nor_missed(self):
        self.assertEqual({None}, set(met(Results({})).values()))

    def test_all_are_met_by_good_figures(self):
        results = Results(
            {},
            [
                transfer("4 KiB"),
                transfer("POST", {"COPY": 100}),
                transfer("DELETE", {"MULTI_DELETE": 1}),
            ],
            lag(),
            idle(),
        )
        self.assertEqual({True}, set(met(results).values()))

    def test_a_request_more_for_each_object_is_a_target_missed(self):
        results = Results({}, [transfer("4 KiB", {"PUT": 100, "HEAD": 100})])
        self.assertIs(False, met(results)["remote requests per small PUT"])

    def test_any_request_without_work_is_a_target_missed(self):
        busy = replace(IDLE_RUN, remote_requests=1)
        results = Results({}, [transfer(), transfer(idle=busy)])
        what = "remote requests of runs with nothing to do"
        self.assertIs(False, met(results)[what])

    def test_the_largest_workload_decides_about_memory(self):
        what = "peak memory in any workload"
        for results in (
            Results({}, [transfer(), transfer(peak=201.0)]),
            Results({}, [transfer()], lag(peak=201.0)),
            Results({}, [transfer()], lag(), idle(peak=201.0)),
        ):
            with self.subTest(results):
                self.assertIs(False, met(results)[what])

    def test_few_containers_say_nothing_about_many(self):
        what = "CPU of a poll of 10,000 idle containers"
        few = Results({}, idle=idle(containers=20, cpu=0.001))
        self.assertIsNone(met(few)[what])
        self.assertIs(False, met(Results({}, idle=idle(cpu=0.6)))[what])


class JsonTest(unittest.TestCase):
    def test_computed_figures_are_written_too(self):
        results = Results({"kernel": "Linux"}, [transfer()], lag(), idle())
        written = json.loads(json.dumps(results.to_json()))
        self.assertEqual(
            50.0, written["transfers"][0]["operations_per_second"]
        )
        self.assertEqual(3.0, written["transfers"][0]["usage"]["wall_seconds"])
        self.assertEqual(0.5, written["lag"]["p50_seconds"])
        self.assertIn("met", written["aims"][0])

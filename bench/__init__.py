# SPDX-License-Identifier: Apache-2.0
"""Benchmarks of the daemon: `make bench` prints every table."""

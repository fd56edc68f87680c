# SPDX-License-Identifier: Apache-2.0
"""Run a whole OpenStack Swift on loopback, for the demo and the tests."""

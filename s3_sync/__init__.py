# SPDX-License-Identifier: Apache-2.0
"""Replicate OpenStack Swift containers to other object stores."""

__version__ = "0.1.0"

# SPDX-License-Identifier: Apache-2.0
"""Anything that holds objects: the local Swift, S3 and its clones."""

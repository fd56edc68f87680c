# SPDX-License-Identifier: Apache-2.0
"""Build the distribution; what it is made of stands in pyproject.toml."""

from setuptools import setup

setup(scripts=["bin/swift-s3-sync"])

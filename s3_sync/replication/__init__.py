# SPDX-License-Identifier: Apache-2.0
"""Carry out what a row asks for, and remember what is left to do."""

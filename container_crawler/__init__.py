# SPDX-License-Identifier: Apache-2.0
"""Find the rows of Swift's container databases that this node must handle."""

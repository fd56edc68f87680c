# SPDX-License-Identifier: Apache-2.0
"""What to do, decided without I/O, clock or logging."""

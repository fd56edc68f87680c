# SPDX-License-Identifier: Apache-2.0
"""The daemon: rows from the crawler, through the handlers, to the sites."""

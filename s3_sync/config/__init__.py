# SPDX-License-Identifier: Apache-2.0
"""What did the operator ask for?"""

from s3_sync.config.loading import load
from s3_sync.config.values import Config, Rule, Site, Statsd, Syslog

__all__ = ["Config", "Rule", "Site", "Statsd", "Syslog", "load"]

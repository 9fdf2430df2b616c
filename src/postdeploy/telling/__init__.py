"""Telling people: Slack, PagerDuty and a webhook hear of a run's verdict once its record is safe (docs/telling.md)."""

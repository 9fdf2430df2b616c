"""Observations of the AWS account that an environment runs in, through one read-only session."""

"""A stand-in for Qumis: pages, API, identity provider, integrations and AWS, and their faults."""

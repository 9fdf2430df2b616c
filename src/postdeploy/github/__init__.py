"""What the workflows ask for on GitHub: which target, the record in a run's summary, deployments, issues."""

"""From the journal of a run to its record, its verdict and its documents."""

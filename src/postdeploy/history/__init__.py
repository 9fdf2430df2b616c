"""Earlier runs: where finished records are kept, and what a run's outcomes mean beside them."""

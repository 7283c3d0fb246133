"""Commands and processes that run the portal: CLI, worker, import, seed, doctor, sweep."""

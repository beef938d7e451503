"""One room for each command: parse what was typed, let others decide and do."""

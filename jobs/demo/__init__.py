"""The demo: job types, nodes and three days of jobs, for an installation that has none of its own yet."""

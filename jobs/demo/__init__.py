"""The demo: job types with three days of jobs, for an installation that has none of its own yet."""

"""The agent: it takes jobs from the service, runs them on an engine, and stores what they leave behind."""

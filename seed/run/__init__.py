"""Running a Seed image as its manifest says: planned, run by an engine, and its outputs collected."""

"""Job types: Seed-packaged Docker images, registered, versioned, revised, paused and deprecated."""

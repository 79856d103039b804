"""Rules about what the engine noticed while building: errors in strict mode, warnings otherwise."""

"""The state as it comes: asked for twice per second, pushed to every screen."""

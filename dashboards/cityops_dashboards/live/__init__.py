"""The state as it comes: asked for once per second, pushed to every screen."""

"""The desk of a shift (值班台): alarms and cases side by side, each act under one key."""

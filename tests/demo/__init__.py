"""`make demo`: plays the platform's stories against a real copy of it, over HTTP and WebSocket only."""

"""The production server: gunicorn with threads that never wait for a peer, drained on SIGTERM."""

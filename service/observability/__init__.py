"""Logs, metrics, traces: what the gateway does, and never a number, an answer, a key or a token."""

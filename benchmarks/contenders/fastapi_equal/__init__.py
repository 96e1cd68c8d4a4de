"""A gateway that does what ours does, as a good team would write it with FastAPI."""

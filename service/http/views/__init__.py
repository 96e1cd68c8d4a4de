"""The routes, by what they show."""

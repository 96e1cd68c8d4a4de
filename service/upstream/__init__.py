"""Fonolo as the rules see it: translated, cached, and guarded when it fails."""

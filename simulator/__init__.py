"""Fonolo API 3.0 in a box: no account needed, no phone rings.

`simulator.app.create_app` wires it, `simulator.cli.main` serves it. It knows nothing of the
gateway beside it, and importing any of its modules does nothing.
"""

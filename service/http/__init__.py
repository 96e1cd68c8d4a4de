"""The public API: routes, schemas, problem details, limits and handles. The only Flask room."""

"""Notes: the example application. Read `app` first."""

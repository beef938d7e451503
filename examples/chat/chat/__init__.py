"""Chat: an example of websockets. Read `app` first."""

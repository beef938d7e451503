"""Dependency injection beside other libraries: `--mode providers`.

1. chain: app value ← async generator with cleanup ← two request values ← handler.
2. diamond: app value ← async generator with cleanup ← eight values ← one value of all
   eight ← handler: ten request values.

`contenders` has each library as its documentation shows it, `calls` times them. A
library that is not installed is left out. Each call opens one connection and closes it,
which is checked before anything is timed.
"""

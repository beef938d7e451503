"""What it costs to find a route, in the process itself and as ratios only.

    python -m benchmarks.routing [--rounds N]

1. A path among 10, 100, 1 000 and 10 000 routes: each cell is the ratio to the same
   work among 10 routes. The routes of a family differ only where the family says, so
   that they share everything else.
2. Hostile paths of 8 KiB: each cell is the ratio to the same path of 4 KiB. Linear is
   2, quadratic would be 4.
3. Compiling 10 000 routes: the ratio to 1 000 of them. Linear is 10.
"""

"""The child process that serves one workload of one framework on a port.

    python -m benchmarks.serve FRAMEWORK WORKLOAD PORT

uvicorn with uvloop and httptools, one worker, access log off; a framework that is no
ASGI application brings its own `serve(app, port)`.
"""

import importlib
import sys

import uvicorn

from .frameworks import framework_named
from .worker import build
from .workloads import workload_named


def serve(framework: str, workload: str, port: int) -> None:
    """Serve until the process is ended."""
    app = build(framework, workload_named(workload))
    if framework_named(framework).asgi:
        uvicorn.run(
            app,
            host="127.0.0.1",
            port=port,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_level="error",
        )
    else:
        module = importlib.import_module(f"benchmarks.apps.{framework}")
        module.serve(app, port)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))

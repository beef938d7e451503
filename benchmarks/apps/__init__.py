"""The same applications, written the way each framework's documentation would.

One module per framework, one function per workload (`workloads.py` names them), each
building a fresh application that has only the routes of that workload. A framework
that lacks a thing (a body model, dependency injection) does it by hand, as its users
would have to. JSON is encoded by each framework's default encoder.
"""

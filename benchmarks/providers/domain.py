"""What is injected: the same classes for everybody."""

from collections.abc import AsyncIterator


class Pool:
    """Lives as long as the application."""

    def __init__(self) -> None:
        self.opened = 0
        self.closed = 0


class Connection:
    """Lives as long as a request, and must be closed."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        pool.opened += 1

    def close(self) -> None:
        self.pool.closed += 1


async def open_connection(pool: Pool) -> AsyncIterator[Connection]:
    connection = Connection(pool)
    try:
        yield connection
    finally:
        connection.close()


class Users:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection


class Rights:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection


class Side:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection


class Side1(Side): ...


class Side2(Side): ...


class Side3(Side): ...


class Side4(Side): ...


class Side5(Side): ...


class Side6(Side): ...


class Side7(Side): ...


class Side8(Side): ...


SIDES = (Side1, Side2, Side3, Side4, Side5, Side6, Side7, Side8)


class Summary:
    def __init__(  # noqa: PLR0917
        self,
        side1: Side1,
        side2: Side2,
        side3: Side3,
        side4: Side4,
        side5: Side5,
        side6: Side6,
        side7: Side7,
        side8: Side8,
    ) -> None:
        self.sides = (side1, side2, side3, side4, side5, side6, side7, side8)


async def chain(users: Users, rights: Rights) -> set[Connection]:
    """The handler of the first workload."""
    return {users.connection, rights.connection}


async def diamond(summary: Summary) -> set[Connection]:
    """The handler of the second one."""
    return {side.connection for side in summary.sides}

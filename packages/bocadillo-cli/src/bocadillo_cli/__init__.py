"""The `bocadillo` command.

Rooms, each importing from those before it only:

    console     how things are said: tables, failures, colours
    scaffold    options → planned files; pure
    writer      planned files → the disk
    loading     a place such as `module:attribute` → the app
    extensions  commands of other distributions
    commands    one room for each command
    main        all of them together

What is heavy, the framework first of all, is imported inside commands: `bocadillo
--help` imports click and no more.
"""

"""The `bocadillo` command.

Rooms, each importing from those before it only:

    console     how things are said: tables, failures, colours
    scaffold    options → planned files; pure
    writer      planned files → the disk
    places      where the app is: `module:attribute`
    loading     a place → the app
    ports       a port, or the news that it is taken
    prompts     Python's and IPython's, with `await`
    extensions  commands of other distributions
    commands    one room for each command
    main        all of them together

What is heavy, the framework first of all, is imported inside commands: `bocadillo
--help` imports click and no more.
"""

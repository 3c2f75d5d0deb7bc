"""Pages for a browser: of one plan, and of a book's run. Each is one file that opens from disk and loads nothing."""

"""``neardup index``: documents that were seen, in a file; the commands themselves are in `neardup.cli.index.app`."""

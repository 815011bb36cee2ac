"""The tests; a package, because a library of a vendor installs one of the same name."""

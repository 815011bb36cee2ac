"""The mapping language: what an operator writes about a source, made into plain Changes. Pure."""

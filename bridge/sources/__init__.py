"""What is true of senders: how they sign, and how their bodies are read. Values in, values out.

Nothing here opens a socket, a file or a database: the web layer hands over what arrived.
"""

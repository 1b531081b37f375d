"""Messages over HTTP: who may send, what is taken, and the answer after the commit."""

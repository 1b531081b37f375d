"""Tables: pure functions from the client's frames to the rows and columns of a grid."""

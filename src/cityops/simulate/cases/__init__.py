"""Cases of the city: what they are about, how they move, what they say, and the messages that report them."""

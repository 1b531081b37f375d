"""What can be asked for by analysts and told of each number: indicators, and the numbers of the state."""

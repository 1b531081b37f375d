"""What is Mosquitto's own: users and roles of its dynamic security, and who is let in while it runs."""

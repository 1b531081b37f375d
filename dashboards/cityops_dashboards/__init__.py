"""From the API to the screen: pages, pure figures and components of the Dash application."""

"""The pages of forms that data liaisons fill in and data stewards review (在线填报)."""

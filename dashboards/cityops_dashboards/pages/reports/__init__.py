"""The page of reports (日报, 周报, 专报)."""

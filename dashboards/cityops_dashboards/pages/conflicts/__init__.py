"""The page `/conflicts` (数据打架): sources of one indicator that differ, the rule that wins, and what corrects them."""

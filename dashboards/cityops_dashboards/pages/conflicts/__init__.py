"""The page `/conflicts` (数据打架): sources of one indicator that differ, whose value wins, what corrects them."""

"""What a crash, a flood or an hour of faults does to delivery, ours and the two usual ways beside it."""

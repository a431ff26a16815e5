"""What runs by itself: polling, delivering, listening. Each job is handed its edges and a clock."""

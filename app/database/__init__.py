"""Where the application's tables live, and how to reach them."""

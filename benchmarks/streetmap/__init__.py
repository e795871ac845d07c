"""What reading a map costs, beside the tool of its makers."""

"""Days on end: all that runs, all that befalls it, and whether it ends as a calm week does."""

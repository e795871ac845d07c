"""The command ``pingcheng``: joins the command groups of the packages and holds no logic."""

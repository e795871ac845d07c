"""How well missed windows are foretold."""

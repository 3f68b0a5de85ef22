"""What the product costs, measured beside a floor or a peer in the same run."""

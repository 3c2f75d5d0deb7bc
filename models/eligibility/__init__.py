"""Which lots and purchases are blocked on the trade date, by which rule, and until when."""

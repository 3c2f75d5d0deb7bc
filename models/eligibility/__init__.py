"""Which lots may be sold and which securities may be bought today, by which rule, until when."""

"""How a plan is shown in a notebook: as a card and as a picture, both from its parts."""

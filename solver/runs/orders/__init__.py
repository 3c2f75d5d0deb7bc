"""Order files: the trades of plans as the tables that a custodian takes, in columns that a layout names."""

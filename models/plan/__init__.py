"""The plan as data: trades with reasons, the certificate, statements about bands, limits and rates, warnings."""

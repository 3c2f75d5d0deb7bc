"""The federal tax of one year: dated numbers, netting, the forms, the bill, its marginal rates and its kinks."""

"""Times as ISO 8601 writes them: short, since lists have several, and in the order in which people compare them."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i:s"

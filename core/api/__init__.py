"""What all endpoints share: query parameters, pages, permissions, bodies, errors, the API document."""

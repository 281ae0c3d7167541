"""What every endpoint shares: query parameters, pages, permissions, bodies, errors, the API document."""

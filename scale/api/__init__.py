"""What every endpoint shares: query parameters, pages, rights, bodies, the error body, the API document."""

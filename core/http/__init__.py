"""What every request and answer passes through: logs, client addresses, security headers, bodies, compression."""

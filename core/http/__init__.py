"""What happens to every request and answer: logs, client addresses, security headers, compression."""

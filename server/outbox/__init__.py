"""What leaves the server by itself: mail and webhooks, written beside their cause and delivered later."""

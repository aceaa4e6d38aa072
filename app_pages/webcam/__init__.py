"""The Webcam page."""

"""From a file to aligned faces: photos, ZIP files, face detection, quality."""

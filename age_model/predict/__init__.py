"""From a photo to ages: of its faces, of a person on several, and who is asked for ID."""

"""Apparent-age estimation from photos of faces: data, faces, network, training and prediction."""

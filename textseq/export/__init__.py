"""A trained classifier as a file for other programs: ONNX, Keras, or a page for the browser."""

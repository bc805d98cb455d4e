"""A trained classifier as a file for other programs.

    onnx   text -> label and probabilities, for ONNX Runtime in any language
    keras  ids -> probabilities, of Keras's own layers
    web    a folder with a page that labels what is typed
"""

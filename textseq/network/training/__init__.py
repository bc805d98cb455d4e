"""Training: `loop` over epochs, `batches` of similar length, compiled `gradients`, lazy Adam."""

"""Running a model file on pictures: numpy and onnxruntime, no torch."""

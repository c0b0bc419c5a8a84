"""The model file: one ONNX graph and one `ModelSpec`, where training and inference meet."""

"""One model for each kind of picture, and a catalogue of them."""

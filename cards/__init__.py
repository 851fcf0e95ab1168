"""Pure: view in, Adaptive Card out; card input or typed words in, typed action out."""

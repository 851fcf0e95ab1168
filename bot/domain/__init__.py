"""What a request is and what it may become: pure, standard library only, no clock, no I/O."""

"""The parts of the protocol model: the outside world, the machine room, the phones, the laws and the mutants."""

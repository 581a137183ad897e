"""Fuzzing: every entry of the compiled kernels under sanitizers, and against the reference.

``python -m benchmarks.fuzz sanitize`` builds the kernels with AddressSanitizer and UndefinedBehaviorSanitizer and calls
everything they export, and every public function that uses them, with arguments that are right, nearly right and
wrong. ``python -m benchmarks.fuzz differ`` calls the kernels that are installed, and the reference, with the same
arguments: values, types, shapes and errors must be the same.

A case is a function of the seed and its own number, so that ``--seed S --case K`` runs it again.
"""

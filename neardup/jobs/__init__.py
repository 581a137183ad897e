"""The out-of-core job: stages on disk, each a function of the inputs and the config, that a killed run goes on with."""

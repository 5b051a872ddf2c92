package settings

func (s Settings) validate() Faults { return nil }

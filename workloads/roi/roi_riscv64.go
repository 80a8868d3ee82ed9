package roi

// Begin marks the beginning of the region of interest.
func Begin()

// End marks its end.
func End()

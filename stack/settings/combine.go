package settings

func combine(tree *value, d *decoder) {}

raise KeyError("SETTING")

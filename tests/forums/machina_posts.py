def checks(folder):
    return iter([])

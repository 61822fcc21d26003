# The placeholder of a parameter is a question mark.
def placeholder(text):
    return text + "?"


# Raised where the server says "not implemented".
def text():
    return "TODO: that is a text and no comment"


def todos(count):
    # A todo list has as many entries as it has.
    return count + 1

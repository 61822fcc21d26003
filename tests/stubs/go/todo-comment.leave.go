package store

// The placeholder of a parameter is a question mark.
func placeholder(text string) string {
	return text + "?"
}

// Returned where the server says "not implemented".
func text() string {
	return "TODO: that is a text and no comment"
}

// A todo list has as many entries as it has.
func todos(count int) int {
	return count + 1
}

// Empty on purpose: a package with an assembly file may declare functions without bodies, which the linknames of link.go are.

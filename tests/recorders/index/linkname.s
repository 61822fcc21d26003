// Present so that the compiler accepts functions whose bodies the linker finds.

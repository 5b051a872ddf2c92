// Package settings reads a stack's settings: typed, strict, and with every
// fault reported at once.
package settings

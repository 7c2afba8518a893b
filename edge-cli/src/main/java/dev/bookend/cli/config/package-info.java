/**
 * What flags are when they are not given: a file in TOML with profiles, and environment variables.
 * Which keys there are follows from the commands' flags ({@link dev.bookend.cli.config.Flags});
 * their values are read as if they had been typed ({@link
 * dev.bookend.cli.config.ConfiguredDefaults}).
 */
package dev.bookend.cli.config;

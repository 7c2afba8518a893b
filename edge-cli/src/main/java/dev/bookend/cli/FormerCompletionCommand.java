package dev.bookend.cli;

import picocli.CommandLine.Command;

/**
 * {@code bookend generate-completion}: what {@code completion} was called, for files that call it.
 */
@Command(
    name = "generate-completion",
    hidden = true,
    description = "The former name of 'completion'.")
final class FormerCompletionCommand extends CompletionCommand {}

/**
 * Markdown for a terminal, as it comes: finished blocks are told apart from the one that still
 * grows ({@link dev.bookend.cli.markdown.MarkdownStream}), and blocks become rows of a width
 * ({@link dev.bookend.cli.markdown.MarkdownRows}).
 */
package dev.bookend.cli.markdown;

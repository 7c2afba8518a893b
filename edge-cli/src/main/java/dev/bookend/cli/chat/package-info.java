/**
 * The shell: a conversation with a split model in a terminal. {@link dev.bookend.cli.chat.Shell}
 * reads and answers, {@link dev.bookend.cli.chat.Chat} is what its commands work on.
 */
package dev.bookend.cli.chat;

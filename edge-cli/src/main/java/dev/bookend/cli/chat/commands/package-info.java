/** The shell's commands, one class each. */
package dev.bookend.cli.chat.commands;

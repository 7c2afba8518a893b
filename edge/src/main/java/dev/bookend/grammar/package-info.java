/**
 * Answers that are JSON, or JSON that fits a schema: automata over bytes that say which tokens may
 * come next. See {@link dev.bookend.grammar.Grammar}.
 */
package dev.bookend.grammar;

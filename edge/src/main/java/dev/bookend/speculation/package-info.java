/**
 * Speculative decoding's draft tokens: {@link dev.bookend.speculation.Drafter} is the interface to
 * write a drafter, {@link dev.bookend.speculation.DrafterFactory} the one to offer it by name, and
 * {@link dev.bookend.speculation.DraftMerger} makes one draft out of what several drafters propose.
 */
package dev.bookend.speculation;

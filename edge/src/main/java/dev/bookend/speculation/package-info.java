/**
 * Guesses of how a text goes on, for several tokens a round trip: {@link
 * dev.bookend.speculation.Drafter} is the interface to write one, {@link
 * dev.bookend.speculation.DraftMerger} makes one draft out of what several propose.
 */
package dev.bookend.speculation;

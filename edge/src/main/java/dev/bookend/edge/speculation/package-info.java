/**
 * Guesses of how a text goes on, for several tokens a round trip: {@link
 * dev.bookend.edge.speculation.Drafter} is the interface to write one, {@link
 * dev.bookend.edge.speculation.Ensemble} makes one draft out of what several propose.
 */
package dev.bookend.edge.speculation;

/** Lookahead decoding (Fu et al. 2024) as a drafter. */
package dev.bookend.speculation.lookahead;

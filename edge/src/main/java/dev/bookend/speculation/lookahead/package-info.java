/** Lookahead decoding (Fu et al., ICML 2024) as a drafter. */
package dev.bookend.speculation.lookahead;

/** Drafters that look up what followed the last tokens earlier in the same text. */
package dev.bookend.speculation.lookup;

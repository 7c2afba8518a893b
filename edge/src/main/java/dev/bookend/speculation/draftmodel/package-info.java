/** A smaller model of the same family as a drafter. */
package dev.bookend.speculation.draftmodel;

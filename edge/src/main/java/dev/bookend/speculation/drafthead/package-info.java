/** Draft heads: what stands in for the middle layers while draft tokens are made. */
package dev.bookend.speculation.drafthead;

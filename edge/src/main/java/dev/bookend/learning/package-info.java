/** A draft head that goes on learning from the sessions in which it drafts. */
package dev.bookend.learning;

/** Trains draft heads for a split model. */
package dev.bookend.training;

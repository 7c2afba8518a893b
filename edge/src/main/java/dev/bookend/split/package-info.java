/** A model cut in two, assembled from its parts. */
package dev.bookend.split;
